"""Recorded fires are read as they are, what is wrong with them is said, and other files are refused."""

from __future__ import annotations

import pytest

from simulators.recording import NotARecording, read

HEADER = "TIME,TCA_1,SMA_1,GASA_1,SMB_1"


def _write(tmp_path, *lines, name="SDC99.csv"):
    path = tmp_path / name
    path.write_text("\n".join(lines) + "\n")
    return path


def test_units_and_places(tmp_path):
    """CO arrives in volume percent and leaves in ppm; every place has the tracks it was recorded with."""
    fire = read(_write(tmp_path, HEADER, "0,20,0.0,0.001,0.1", "2,21,0.5,0.002,0.2"))
    assert fire.places["A"]["co"].values == (10.0, 20.0)
    assert fire.places["A"]["smoke"].at(1.9) == 0.0
    assert fire.places["A"]["smoke"].at(2.0) == 0.5
    assert fire.places["A"]["temp"].at(-5) == 20
    assert set(fire.places["B"]) == {"smoke"}
    assert any("GASB_1" in problem for problem in fire.problems)


def test_gap_and_not_a_number_are_reported(tmp_path):
    """A hole in one column and a hole in time are named; inside the hole nothing is known."""
    fire = read(_write(tmp_path, HEADER, "0,20,0,0,0", "2,nan,0.1,0,0", "4,x,0.2,0,0", "60,22,0.3,0,0", "nan,1,1,1,1"))
    text = "\n".join(fire.problems)
    assert "2 cells of TCA_1" in text
    assert "nothing recorded for 56 s" in text
    assert "line 6: TIME is not a number" in text
    smoke = fire.places["A"]["smoke"]
    assert (smoke.at(14), smoke.at(14.1), smoke.at(59), smoke.at(60)) == (0.2, None, None, 0.3)


def test_alarms_of_this_test_only(tmp_path):
    """The median is over the alarms at one place in this test."""
    _write(
        tmp_path,
        "test,location,sensor,activation_s",
        "SDC99,A,Ion1,30",
        "SDC99,A,Pho1,50",
        "SDC01,A,Ion1,1",
        name="activation_times.csv",
    )
    fire = read(_write(tmp_path, HEADER, "0,20,0,0,0"))
    assert fire.median_alarm_s("A") == 40
    assert fire.median_alarm_s("B") is None


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "TIME,x\n1,2\n", HEADER + "\n", HEADER + "\nx,1,1,1,1\n", "\0\1\2"])
def test_another_layout_is_refused(tmp_path, text):
    """The refusal names the file and says what was expected, in both languages."""
    path = tmp_path / "other.csv"
    path.write_text(text)
    with pytest.raises(NotARecording, match=r"other\.csv.*[\u4e00-\u9fff]"):
        read(path)


def test_nothing_but_holes_is_refused(tmp_path):
    """A table without one number has nothing to play."""
    with pytest.raises(NotARecording, match="nothing to play"):
        read(_write(tmp_path, HEADER, "0,nan,nan,nan,nan", "2,x,x,x,x"))


def test_a_spreadsheet_s_mark_and_torn_alarms(tmp_path):
    """A byte order mark is no other layout; alarm times that are no text are a note, not an end."""
    path = tmp_path / "SDC99.csv"
    path.write_text("\ufeff" + HEADER + "\n0,20,0,0,0\n", encoding="utf-8")
    (tmp_path / "activation_times.csv").write_bytes(b"test,location\xff\xfe\n")
    fire = read(path)
    assert fire.places["A"]["temp"].values == (20.0,)
    assert any("activation_times.csv cannot be read" in problem for problem in fire.problems)


def test_missing_and_binary_files_are_refused(tmp_path):
    """No trace of Python reaches the user for a wrong path or a picture."""
    (tmp_path / "picture.csv").write_bytes(bytes(range(256)))
    for name in ("picture.csv", "nowhere.csv"):
        with pytest.raises(NotARecording, match="cannot be read"):
            read(tmp_path / name)
