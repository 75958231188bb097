"""Boundaries, codes and their changes: what fits, what does not, and how much of it."""

from __future__ import annotations

import math
from typing import Any

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import box

from domain.coverage import findings, misplaced
from domain.facilities import Facilities, FacilityError
from domain.geo import SEMI_MAJOR_M, ShapeError, area_m2, read_shape, write_shape
from domain.geojson import GeoJsonError, read_areas, write_areas
from domain.grids import AreaError, AreaTree
from domain.succession import with_former

LON, LAT = 116.48, 39.92
EARTH_M2 = 510_065_621_724_089.0  # WGS 84: area of the ellipsoid (authalic radius 6,371,007.181 m)


def square(x: float, y: float, width: float = 1.0, height: float = 1.0) -> dict[str, Any]:
    """A boundary in steps of a thousandth of a degree from a corner of the map."""
    return write_shape(box(LON + x / 1000, LAT + y / 1000, LON + (x + width) / 1000, LAT + (y + height) / 1000))


def district(grids: dict[str, Any], whole: Any = None, **more: Any) -> dict[str, Any]:
    """A document with one community and grids by id -> boundary."""
    community = {"id": "c", "level": "community", "name": "社区", "code": "001"}
    areas = [{**community, "boundary": whole} if whole else community]
    for number, (grid, boundary) in enumerate(grids.items(), start=1):
        row = {"id": grid, "parent": "c", "level": "grid", "name": grid, "code": f"00110{number}"}
        areas.append({**row, "boundary": boundary} if boundary else row)
    return {"levels": ["grid", "community"], "areas": areas, **more}


def found(document: dict[str, Any]) -> list[tuple[str, tuple[str, ...]]]:
    """What does not fit."""
    return [(finding.what, finding.areas) for finding in findings(AreaTree.from_table(document))]


def test_the_whole_earth_has_its_area() -> None:
    """The projection keeps areas: to one in ten million."""
    assert math.isclose(area_m2(box(-180, -90, 180, 90)), EARTH_M2, rel_tol=1e-7)


def test_a_small_square_has_the_area_of_its_sides() -> None:
    """Against the radii of curvature of the ellipsoid at that latitude."""
    e2 = 0.006_694_379_990_14
    sine = math.sin(math.radians(LAT))
    east_m = SEMI_MAJOR_M / math.sqrt(1 - e2 * sine**2) * math.cos(math.radians(LAT)) * math.radians(0.001)
    north_m = SEMI_MAJOR_M * (1 - e2) / (1 - e2 * sine**2) ** 1.5 * math.radians(0.001)

    assert math.isclose(area_m2(read_shape(square(0, -0.5))), east_m * north_m, rel_tol=1e-6)


@pytest.mark.parametrize(
    ("geometry", "says"),
    [
        ({"type": "Point", "coordinates": [1, 2]}, "Polygon"),
        ([], "Polygon"),
        ({"type": "Polygon"}, "nested"),
        ({"type": "Polygon", "coordinates": []}, "nested"),
        ({"type": "MultiPolygon", "coordinates": [[]]}, "nested"),
        ({"type": "Polygon", "coordinates": [[1, 2]]}, "position is"),
        ({"type": "Polygon", "coordinates": [[[1, 2], [3, 4]]]}, "环"),
        ({"type": "Polygon", "coordinates": [[[39, 116], [39, 117], [38, 116], [39, 116]]]}, "longitude comes first"),
        ({"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]}, "crosses itself"),
        ({"type": "Polygon", "coordinates": [[[0, True], [1, 1], [1, 0], [0, 0]]]}, "two numbers"),
        ({"type": "Polygon", "coordinates": [[[0, math.nan], [1, 1], [1, 0], [0, 0]]]}, "not on Earth"),
        ({"type": "Polygon", "coordinates": [[["a", 1], [1, 1], [1, 0], [0, 0]]]}, "two numbers"),
    ],
)
def test_what_is_no_polygon_is_said(geometry: object, says: str) -> None:
    """Each with what to mend; swapped axes are recognised where they leave the Earth."""
    with pytest.raises(ShapeError, match=says):
        read_shape(geometry)


def test_a_shape_goes_out_as_it_came() -> None:
    """Also with a hole, and in several parts."""
    ring = [[0.0, 0.0], [4.0, 0.0], [4.0, 4.0], [0.0, 4.0], [0.0, 0.0]]
    hole = [[1.0, 1.0], [1.0, 2.0], [2.0, 2.0], [2.0, 1.0], [1.0, 1.0]]
    other = [[9.0, 0.0], [10.0, 0.0], [10.0, 1.0], [9.0, 0.0]]
    for geometry in (
        {"type": "Polygon", "coordinates": [ring, hole]},
        {"type": "MultiPolygon", "coordinates": [[ring, hole], [other]]},
    ):
        assert write_shape(read_shape(geometry)) == geometry


def test_neighbours_that_touch_fit() -> None:
    """A common boundary is neither gap nor overlap."""
    assert found(district({"a": square(0, 0), "b": square(1, 0)}, square(0, 0, 2))) == []


@pytest.mark.parametrize(
    ("grids", "whole", "wanted"),
    [
        ({"a": square(0, 0, 1.2), "b": square(1, 0)}, None, [("overlap", ("a", "b"))]),
        ({"a": square(0, 0), "b": square(1.2, 0, 0.8)}, square(0, 0, 2), [("gap", ("c",))]),
        ({"a": square(0, 0), "b": square(1, 0, 1.5)}, square(0, 0, 2), [("outside", ("b", "c"))]),
        ({"a": square(0, 0), "b": None}, square(0, 0, 2), [("unbounded", ("b",))]),
        ({"a": square(0, 0, 2, 2), "b": square(0, 0)}, None, [("overlap", ("a", "b"))]),
        ({"a": None, "b": None}, square(0, 0, 2), []),
        ({}, None, []),
    ],
)
def test_what_does_not_fit(
    grids: dict[str, Any], whole: dict[str, Any] | None, wanted: list[tuple[str, tuple[str, ...]]]
) -> None:
    """Overlaps, gaps, what sticks out, and who has no boundary yet."""
    assert found(district(grids, whole)) == wanted


def test_a_hole_between_grids_is_a_gap_also_without_a_boundary_of_the_community() -> None:
    """A frame of four grids around nothing."""
    frame = {"a": square(0, 0, 3), "b": square(0, 2, 3), "c1": square(0, 1), "d": square(2, 1)}
    finding = findings(AreaTree.from_table(district(frame)))[0]

    assert (finding.what, finding.areas) == ("gap", ("c",))
    assert finding.area_m2 == pytest.approx(area_m2(read_shape(square(1, 1))), abs=0.1)
    assert finding.at is not None
    assert read_shape(square(1, 1)).contains(shapely.Point(finding.at))
    assert "空白" in finding.text({"c": "春风社区"})


def test_what_is_smaller_than_the_tolerance_is_no_finding() -> None:
    """Rounding of maps is not a quarrel about land; the tolerance is a setting."""
    document = district({"a": square(0, 0, 1.001), "b": square(1, 0)})

    assert found(document) == []
    assert found({**document, "tolerance_m2": 0}) == [("overlap", ("a", "b"))]


@settings(max_examples=30)
@given(
    st.lists(st.integers(1, 20), min_size=1, max_size=5),
    st.lists(st.integers(1, 20), min_size=1, max_size=3),
    st.data(),
)
def test_a_board_of_tiles_fits_and_a_tile_taken_out_is_a_gap_of_its_size(
    widths: list[int], heights: list[int], data: st.DataObject
) -> None:
    """Any seamless division has no finding; without one tile there is one gap, as large as the tile."""
    tiles = {}
    for x, width in enumerate(widths):
        for y, height in enumerate(heights):
            tiles[f"g{x}-{y}"] = square(sum(widths[:x]), sum(heights[:y]), width, height)
    whole = square(0, 0, sum(widths), sum(heights))
    assert found(district(tiles, whole, tolerance_m2=1.0)) == []

    out = data.draw(st.sampled_from(sorted(tiles)))
    gone = tiles.pop(out)
    if tiles:
        gap = findings(AreaTree.from_table(district(tiles, whole, tolerance_m2=1.0)))
        assert [finding.what for finding in gap] == ["gap"]
        assert gap[0].area_m2 == pytest.approx(area_m2(read_shape(gone)), abs=1.0)


@given(st.floats(-0.5, 2.5), st.floats(-0.5, 1.5))
def test_a_point_has_at_most_one_grid(x: float, y: float) -> None:
    """Inside its boundary; on a common one the smaller code; in no grid its community; nowhere None."""
    document = district({"a": square(0, 0), "b": square(1, 0)}, square(0, 0, 2.2, 1))
    found = AreaTree.from_table(document).at(LON + x / 1000, LAT + y / 1000)

    if 0.001 < y < 0.999 and 0.001 < x < 2.199 and abs(x - 1) > 0.001 and abs(x - 2) > 0.001:
        assert found is not None
        assert found.id == ("a" if x < 1 else "b" if x < 2 else "c")
    elif not (-0.001 <= y <= 1.001 and -0.001 <= x <= 2.201):
        assert found is None


def test_a_point_on_a_common_boundary_belongs_to_the_smaller_code() -> None:
    """The rule is stated, so that two centres agree; a corner of a grid is the grid's, not the community's."""
    tree = AreaTree.from_table(district({"b": square(1, 0), "a": square(0, 0)}, square(0, 0, 2)))

    for lon in (LON + 0.001, LON + 0.002):
        hit = tree.at(lon, LAT + 0.0005)
        assert hit is not None
        assert hit.id == "b"  # its code is 001101, the other's 001102


SIX = {"name": "six"}
DIVISION = {"name": "division", "serial_digits": {"community": 3, "grid": 2}, "level_codes": {"grid": "3"}}


def coded(scheme: dict[str, Any], top: str, community: str, grid: str, kind: str = "ordinary") -> dict[str, Any]:
    """Three levels with codes."""
    return {
        "levels": ["grid", "community", "district"],
        "scheme": scheme,
        "areas": [
            {"id": "d", "level": "district", "name": "区", "code": top},
            {"id": "c", "parent": "d", "level": "community", "name": "社区", "code": community},
            {"id": "g", "parent": "c", "level": "grid", "name": "网格", "code": grid, "kind": kind},
        ],
    }


@pytest.mark.parametrize(
    "document",
    [
        coded(SIX, "示例区", "012", "012101"),
        coded(SIX, "1", "012", "012299", "exclusive"),
        coded(DIVISION, "110105", "110105001", "110105001307"),
        coded({}, "x", "y", "z"),
    ],
)
def test_codes_of_both_schemes(document: dict[str, Any]) -> None:
    """3 + 1 + 2 digits; division, level and serial; or any that are unique."""
    assert AreaTree.from_table(document).chain("g")[0].code == document["areas"][2]["code"]


@pytest.mark.parametrize(
    ("document", "says"),
    [
        (coded(SIX, "1", "012", "013101"), "0121 .*serial"),
        (coded(SIX, "1", "012", "012100"), "serial"),
        (coded(SIX, "1", "012", "012101", "exclusive"), "0122"),
        (coded(SIX, "1", "12", "012101"), "three digits"),
        (coded(DIVISION, "11010", "110105001", "110105001307"), "6 digits"),
        (coded(DIVISION, "110105", "110106001", "110105001307"), "110105 and 3 serial"),
        (coded(DIVISION, "110105", "110105001", "110105001207"), "1101050013 and 2 serial"),
        (coded({"name": "roman"}, "I", "II", "III"), "scheme.name"),
        (coded({"name": "division", "serial_digits": {"grid": 0}}, "1", "2", "3"), "digits"),
        (coded({"name": "division", "level_codes": {"grid": "x"}}, "1", "2", "3"), "level_codes"),
        (coded({"name": "division", "width": 3}, "1", "2", "3"), "width"),
        ({**coded({}, "1", "2", "3"), "datum": "gcj02"}, "GCJ-02"),
        ({**coded({}, "1", "2", "3"), "tolerance_m2": -1}, "tolerance_m2"),
        ({**coded({}, "1", "2", "3"), "tollerance": 1}, "unknown tollerance"),
        ({**coded({}, "1", "2", "3"), "levels": ["grid", "street"]}, "never directly to a street"),
        ({**coded({}, "1", "2", "3"), "levels": ["grid", "grid"]}, "levels"),
        (coded({}, "1", "2", 110105), "code must be text"),
        (coded({}, "1", "2", "3", "special"), "kind"),
    ],
)
def test_a_code_that_does_not_fit_is_said_with_what_would(document: dict[str, Any], says: str) -> None:
    """The text names the area and the digits that it should have."""
    with pytest.raises(AreaError, match=says):
        AreaTree.from_table(document)


def changed(before: dict[str, Any], after: dict[str, Any]) -> AreaTree:
    """The tree after a change."""
    return AreaTree.from_table(with_former(AreaTree.from_table(before), after))


def test_a_code_that_is_taken_away_goes_on_answering() -> None:
    """By its area where that is still there, by the next above where it is not; also after further changes."""
    before = district({"a": None, "b": None})
    after = district({"a": None})
    after["areas"][1]["code"] = "001199"
    tree = changed(before, after)

    assert [area.id for area in tree.locate("001101", "")] == ["a", "c"]
    assert [area.id for area in tree.locate("001102", "")] == ["c"]
    assert (tree.name_of("001102"), tree.name_of("001101")) == ("b", "a")
    again = AreaTree.from_table(with_former(tree, after))
    assert again.former == tree.former


def test_a_former_code_comes_back_to_its_own_area_only() -> None:
    """A division taken back and made again is fine; the code of one grid is never another one's."""
    before = district({"a": None, "b": None})
    tree = changed(before, district({"a": None}))

    assert AreaTree.from_table(with_former(tree, before)).former == ()
    stranger = district({"a": None, "b": None})
    stranger["areas"][2]["id"] = "other"
    with pytest.raises(AreaError, match="give a new one"):
        with_former(tree, stranger)


def test_another_id_for_the_same_area_keeps_its_code() -> None:
    """The code was never away."""
    renamed = district({"a": None, "z": None})
    assert changed(district({"a": None, "b": None}), renamed).former == ()


def test_two_grids_cannot_exchange_their_codes() -> None:
    """Open incidents of one would become the other's."""
    after = district({"a": None, "b": None})
    after["areas"][1]["code"], after["areas"][2]["code"] = "001102", "001101"
    with pytest.raises(AreaError, match="give a new one"):
        changed(district({"a": None, "b": None}), after)


@given(
    st.lists(
        st.dictionaries(st.sampled_from("abcd"), st.sampled_from(["101", "102", "103", "104", "105"]), max_size=4),
        min_size=1,
        max_size=6,
    )
)
def test_whatever_is_changed_every_code_answers_and_none_becomes_a_strangers(plans: list[dict[str, str]]) -> None:
    """Divisions one after the other; those that would give a code to somebody else are refused."""
    tree = AreaTree.from_table(district({}))
    owners: dict[str, str] = {}
    for wanted in plans:
        document = district(dict.fromkeys(wanted))
        for row in document["areas"][1:]:
            row["code"] = wanted[row["id"]]
        before = {area.code: area.id for area in tree.areas}
        try:
            tree = AreaTree.from_table(with_former(tree, document))
        except AreaError:
            continue
        for area in tree.areas[1:]:
            owner = owners.get(area.code, area.id)
            renamed = area.code in before and not tree.has(owner)  # the same area under another id
            assert owner == area.id or renamed
            owners[area.code] = area.id
        assert all(tree.of_code(code) for code in owners)
        assert all(tree.locate(code, "")[-1].id == "c" for code in owners)


def test_boundaries_come_in_by_code_or_id_and_new_areas_with_them() -> None:
    """A number that a map programme made of a code is a code all the same."""
    document = district({"a": None})
    document["areas"][1]["code"] = "110101"
    features = [
        {"type": "Feature", "properties": {"code": 110101}, "geometry": square(0, 0)},
        {"type": "Feature", "properties": {"id": "c", "colour": "red"}, "geometry": square(0, 0, 2)},
        {"properties": {"code": "110102", "level": "grid", "name": "新", "parent": "c"}, "geometry": square(1, 0)},
    ]
    tree = AreaTree.from_table(read_areas(document, {"features": features}))

    assert set(tree.shapes) == {"a", "c", "110102"}
    assert findings(tree) == ()
    assert read_areas(document, write_areas(AreaTree.from_table(document))) == document


@pytest.mark.parametrize(
    ("collection", "says"),
    [
        ([], "FeatureCollection"),
        ({"features": [1]}, "feature 1"),
        ({"features": [{"properties": None}]}, "feature 1"),
        ({"features": [{"properties": {"code": "9"}}]}, "feature 1: .*level, name"),
        ({"features": [{"properties": {"id": "a"}, "geometry": {"type": "Point"}}]}, "feature 1: .*Polygon"),
    ],
)
def test_a_feature_that_cannot_be_taken_is_named(collection: object, says: str) -> None:
    """By its number, all of them at once."""
    with pytest.raises(GeoJsonError, match=says):
        read_areas(district({"a": None}), collection)


TREE = AreaTree.from_table(district({"a": square(0, 0)}))
BUILDING = {"id": "b", "name": "1 号楼", "area": "a"}
HYDRANT = {"id": "h", "name": "消火栓", "kind": "hydrant", "area": "a"}


def test_facilities_and_what_watches_them() -> None:
    """By device and by area; a point says the area where nobody wrote it."""
    alarm = {"id": "e", "name": "终端", "kind": "endpoint", "building": "b", "device": "fire-0001"}
    table = {"buildings": [BUILDING], "facilities": [HYDRANT, {**alarm, "point": [LON + 0.0005, LAT + 0.0005]}]}
    things = Facilities.from_table(table, TREE)

    watched = things.of_device("fire-0001")
    assert watched is not None
    assert (watched.area, watched.building) == ("a", "b")
    assert [one.id for one in things.of_area("a")] == ["h", "e"]
    assert things.building("b") is not None
    assert things.of_device("fire-0002") is None


def test_a_point_in_another_area_is_told() -> None:
    """The list may be right and the point wrong: it is only told."""
    there = {**BUILDING, "point": [LON + 0.0015, LAT + 0.0005]}
    tree = AreaTree.from_table(district({"a": square(0, 0), "b": square(1, 0)}))
    found = misplaced(Facilities.from_table({"buildings": [there, BUILDING | {"id": "x"}]}, tree).buildings, tree)

    assert [(one.areas, one.open) for one in found] == [(("b", "a", "b"), False)]
    assert "坐标却在" in found[0].text({})


@pytest.mark.parametrize(
    ("buildings", "facilities", "says"),
    [
        ([BUILDING, BUILDING], [], "two buildings"),
        ([], [HYDRANT, HYDRANT], "two facilities"),
        ([{**BUILDING, "area": "x"}], [], "area x"),
        ([{**BUILDING, "storeys": 0}], [], "storeys"),
        ([{**BUILDING, "households": -1}], [], "households"),
        ([{**BUILDING, "way": 7}], [], "way"),
        ([{**BUILDING, "point": [1]}], [], "position"),
        ([{"id": "b", "name": "n", "point": [0, 0]}], [], "area"),
        ([7], [], "building"),
        ([], [{**HYDRANT, "kind": "dragon"}], "unknown kind dragon"),
        ([], [{**HYDRANT, "building": "b"}], "building b does not exist"),
        ([BUILDING], [{**HYDRANT, "area": "c", "building": "b"}], "its building is in a"),
        ([], [{**HYDRANT, "device": "d"}, {**HYDRANT, "id": "i", "device": "d"}], "same device"),
        ([], [{**HYDRANT, "name": ""}], "name must be text"),
        ([], [{**HYDRANT, "place": 3}], "place"),
    ],
)
def test_a_wrong_list_is_named(buildings: list[Any], facilities: list[Any], says: str) -> None:
    """The text names the building or facility."""
    with pytest.raises(FacilityError, match=says):
        Facilities.from_table({"buildings": buildings, "facilities": facilities}, TREE)
