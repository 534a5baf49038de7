"""Learn one kind of forgery after another without forgetting the earlier ones (mission D6).

The previous model teaches the next one, after FReTAL (arXiv 2105.13617) and CoReD
(arXiv 2107.02408), while a small memory of earlier tasks is rehearsed:

    loss = cross-entropy against labels mixed with the teacher's opinion
         + weight x distance from the teacher's mean features, by label and confidence

Taken from both papers: the teacher-student pair of equal networks, the distilled opinion, and
the store of the teacher's mean features in five bins of confidence for each label, which the
student's features of the same bin and label are drawn to. Not taken: their temperature of 20
(one logit has no ranking of classes to reveal), their pooling of a feature map to one number
(channels are kept, each in units of its spread), CutMix, and FReTAL's rule to keep no earlier
crop: the memory is what holds the earlier tasks (docs/log.md has the figures).
"""
