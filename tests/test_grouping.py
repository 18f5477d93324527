"""Groups that are joined in any order are the connected parts of what was joined."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mondegreen.grouping import Groups


def parts(edges: list[list[int]]) -> dict[int, int]:
    """The least member of each one's connected part, by walking."""
    least = {}
    for start in {member for edge in edges for member in edge}:
        reached, todo = {start}, [start]
        while todo:
            here = todo.pop()
            near = {m for edge in edges if here in edge for m in edge} - reached
            reached |= near
            todo += near
        least[start] = min(reached)
    return least


@given(st.lists(st.lists(st.integers(0, 30), max_size=4), max_size=30))
def test_the_least_member_leads_each_connected_part(edges: list[list[int]]) -> None:
    groups = Groups[int]()
    for edge in edges:
        groups.join(edge)
    assert {member: groups.leader(member) for member in groups} == parts(edges)


def test_one_that_was_never_joined_leads_itself() -> None:
    groups = Groups[str]()
    groups.join([])
    assert list(groups) == []
    assert groups.leader("a") == "a"
    assert list(groups) == ["a"]
