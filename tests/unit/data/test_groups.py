from hypothesis import given
from hypothesis import strategies as st

from data.groups import crossing, joined

names = st.sampled_from("abcdefgh")
links = st.lists(st.lists(names, min_size=1, max_size=3), max_size=12)


@given(links)
def test_names_of_one_link_share_a_group_called_after_its_first_name(links):
    groups = joined(links)
    assert set(groups) == {name for link in links for name in link}
    for link in links:
        assert len({groups[name] for name in link}) == 1
    for group in groups.values():
        assert group == min(name for name in groups if groups[name] == group)


@given(links, st.randoms())
def test_groups_are_no_larger_than_the_links_make_them(links, random):
    groups = joined(links)
    for group in set(groups.values()):
        reached = {group}
        for _ in links:
            reached |= {name for link in links if reached & set(link) for name in link}
        assert reached == {name for name in groups if groups[name] == group}
    random.shuffle(links)
    assert joined(links) == groups


def test_links_over_others_join():
    assert joined([["id9", "id2"], ["id5"], ["id2", "id1"]]) == {
        "id9": "id1",
        "id2": "id1",
        "id5": "id5",
        "id1": "id1",
    }


def test_groups_in_two_splits():
    rows = [("b", "train"), ("a", "test"), ("b", "train"), ("a", "train"), ("c", ""), ("c", "test")]
    assert crossing(rows) == ["a", "c"]
