"""How to read a verdict: the rule, the words, the limits."""

import streamlit as st

from apps.scanner import markup
from apps.wording import DECISIONS, SCALE_NOTE
from clarity.labels import Label


def show() -> None:
    st.html(
        '<header class="hero"><h1>How to read a report</h1><p>A report is evidence for your own '
        "judgement, not a ruling. This is what its words mean.</p></header>"
    )
    st.header("From picture to decision", anchor=False)
    st.markdown(
        "1. **Open.** The file is read, and frames are taken from the whole length of a video.\n"
        "2. **Faces.** Every face is found, and in a video followed from frame to frame, so that "
        "each person is judged for themselves.\n"
        "3. **Examine.** Every model gives a probability that the face is fake, from 0 to 100 %.\n"
        "4. **Decide.** One rule turns the probabilities into a word, always the same way.\n"
        "5. **Send on.** Unless this service leaves it out, copies of every face are examined too, "
        "compressed and shrunk as messengers and platforms do. Where one of them would be Real "
        "though the face itself is Fake, or the reverse, the decision is Suspicious."
    )
    st.html(markup.gauge(0.72))
    st.caption(f"An example. {SCALE_NOTE}")
    st.header("The four answers", anchor=False)
    for label in Label:
        with st.container(border=True):
            st.html(markup.finding(label))
            st.write(DECISIONS[label].meaning)
    st.header("What Clarity does not look at", anchor=False)
    st.markdown(
        "- Text, captions, dates and places: a real picture can be told with a false story.\n"
        "- Sound on its own.\n"
        "- Anything but faces: a changed background or object goes unnoticed."
    )
