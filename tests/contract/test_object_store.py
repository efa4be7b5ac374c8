"""What a lake in an object store does when the store fails, refuses, or is not there."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest

from streamvision.adapters.lake.object_store import ObjectStoreLake, Patience
from streamvision.domain.errors import LakeError, ManifestError, Transient, WrongUseError
from tests.support.object_store import Failure, FlakyStore, StandIn

MEBIBYTE = 1024 * 1024
LARGE = 20 * MEBIBYTE
IMPATIENT = Patience(
    retries=3,
    first_wait=timedelta(milliseconds=5),
    longest_wait=timedelta(milliseconds=20),
    in_all=timedelta(seconds=10),
    connecting=timedelta(seconds=2),
    silence=timedelta(seconds=1),
)


class _StopError(Exception):
    """What a writer's own work may raise."""


@dataclass(frozen=True)
class Flaky:
    """Hold a lake whose store fails when it is told to, and the same lake without failures."""

    lake: ObjectStoreLake
    store: FlakyStore
    undisturbed: ObjectStoreLake
    uploads: Callable[[], int]


@pytest.fixture
def flaky(stand_in: StandIn, aws: Callable[[str], None]) -> Iterator[Flaky]:
    """Return a lake behind a store that fails when it is told to."""
    bucket = stand_in.new_bucket()
    url = f"s3://{bucket}/some/lake"
    store = FlakyStore(stand_in.address)
    with store.serving() as address:
        aws(address)
        undisturbed = ObjectStoreLake(url, {"AWS_ENDPOINT_URL": stand_in.address})
        yield Flaky(
            ObjectStoreLake(url, patience=IMPATIENT), store, undisturbed, lambda: stand_in.uploads(bucket)
        )


BEGUN = """
import sys
from streamvision.adapters.lake.object_store import ObjectStoreLake
with ObjectStoreLake(sys.argv[1]).create("raw/a.bin") as file:
    file.write(b"x" * 40 * 1024 * 1024)
    print("begun", flush=True)
    sys.stdin.read()
"""
THERE_AND_BACK = """
import sys
from threading import Event, Thread
import psutil
from streamvision.adapters.lake.object_store import ObjectStoreLake
lake, piece, done, seen = ObjectStoreLake(sys.argv[1]), bytes(1024 * 1024), Event(), []
def watch():
    while not done.wait(0.005):
        seen.append(psutil.Process().memory_info().rss)
lake.put("raw/warm", b"x")
before = psutil.Process().memory_info().rss
watching = Thread(target=watch)
watching.start()
with lake.create("raw/a.bin") as file:
    for _ in range(200):
        file.write(piece)
with lake.local_file("raw/a.bin") as path:
    size = path.stat().st_size
done.set()
watching.join()
print(size // len(piece), (max(seen) - before) // len(piece))
"""


def _create(lake: ObjectStoreLake, key: str, content: bytes) -> None:
    with lake.create(key) as file:
        for start in range(0, len(content), MEBIBYTE):
            file.write(content[start : start + MEBIBYTE])


def _content(lake: ObjectStoreLake, key: str) -> bytes:
    with lake.local_file(key) as path:
        return path.read_bytes()


PASSING: list[Failure] = ["500", "503", "drop", "lose the answer", "half an answer", "silence"]
LASTING: list[tuple[Failure, str]] = [
    ("500", "500 InternalError, tried 4 times"),
    ("503", "asks for fewer requests"),
    ("drop", "the connection to the store broke, tried 4 times"),
    ("silence", "the store did not answer in time, tried 4 times"),
]


@pytest.mark.parametrize("failure", PASSING)
def test_a_failure_that_passes_is_borne(flaky: Flaky, failure: Failure) -> None:
    """Whatever is asked: the request is repeated, and nobody hears of it."""
    lake, store = flaky.lake, flaky.store

    def once(act: Callable[[], object]) -> object:
        store.fail(failure, 1)
        result = act()
        assert store.failed == 1
        return result

    once(lambda: lake.put("raw/a.json", b"one"))
    once(lambda: _create(lake, "raw/b.bin", b"small"))
    assert once(lambda: lake.get("raw/a.json")) == b"one"
    assert once(lambda: _content(lake, "raw/b.bin")) == b"small"
    assert once(lambda: lake.keys("raw/")) == ["raw/a.json", "raw/b.bin"]
    once(lambda: lake.delete("raw/a.json"))
    assert flaky.undisturbed.keys("raw/") == ["raw/b.bin"]


@pytest.mark.parametrize("failure", [failure for failure in PASSING if failure != "half an answer"])
@pytest.mark.parametrize("request_of", ["POST .*[?]uploads", "PUT .*partNumber", "POST .*uploadId"])
def test_a_large_file_bears_a_failure_at_each_of_its_requests(
    flaky: Flaky, failure: Failure, request_of: str
) -> None:
    """Its beginning, one of its parts, or its end; what is there is what was written."""
    content = bytes(range(256)) * (LARGE // 256)
    flaky.store.fail(failure, 1, request_of)
    _create(flaky.lake, "raw/a.bin", content)
    assert flaky.store.failed == 1
    flaky.store.fail(failure, 1, "GET")
    assert _content(flaky.lake, "raw/a.bin") == content


@pytest.mark.parametrize(("failure", "told"), LASTING)
def test_a_failure_that_lasts_is_told_after_a_limited_time(flaky: Flaky, failure: Failure, told: str) -> None:
    """The error says what the store did, and may pass, so that a retry of the step makes sense."""
    flaky.store.fail(failure, 10**6)
    began = time.monotonic()
    with pytest.raises(LakeError, match=told) as refusal:
        flaky.lake.put("raw/a.json", b"x")
    assert time.monotonic() - began < IMPATIENT.in_all.total_seconds()
    assert isinstance(refusal.value, Transient)
    assert "/some/lake/raw/a.json" in refusal.value.where
    assert flaky.undisturbed.keys("raw/") == []


@pytest.mark.parametrize(("failure", "told"), [each for each in LASTING if each[0] != "silence"])
def test_so_is_a_failure_in_the_middle_of_longer_work(flaky: Flaky, failure: Failure, told: str) -> None:
    """A listing, a large file that goes to the store, and one that comes from there."""
    _create(flaky.undisturbed, "raw/a.bin", b"x" * LARGE)
    acts: list[tuple[str, Callable[[], object]]] = [
        ("", lambda: flaky.lake.keys("raw/")),
        ("PUT .*partNumber=2", lambda: _create(flaky.lake, "raw/b.bin", b"x" * LARGE)),
        ("GET", lambda: _content(flaky.lake, "raw/a.bin")),
    ]
    for requests, act in acts:
        flaky.store.fail(failure, 10**6, requests)
        with pytest.raises(LakeError, match=told):
            act()
    assert flaky.undisturbed.keys("raw/") == ["raw/a.bin"]


def test_an_answer_that_breaks_off_at_the_end_of_an_upload_is_told(flaky: Flaky) -> None:
    """Nobody can know what the store did; what is there is whole, and the next try replaces it."""
    flaky.store.fail("half an answer", 1, "POST .*uploadId")
    with pytest.raises(LakeError):
        _create(flaky.lake, "raw/a.bin", b"x" * LARGE)
    assert flaky.undisturbed.get("raw/a.bin") in {None, b"x" * LARGE}
    _create(flaky.lake, "raw/a.bin", b"y" * LARGE)
    assert flaky.undisturbed.get("raw/a.bin") == b"y" * LARGE


@pytest.mark.parametrize("failure", ["403", "500"])
@pytest.mark.parametrize("request_of", ["PUT .*partNumber=2", "POST .*uploadId"])
def test_an_upload_that_fails_is_aborted(flaky: Flaky, failure: Failure, request_of: str) -> None:
    """No part of it stays in the store, to be paid for; and what was there before stays."""
    flaky.undisturbed.put("raw/a.bin", b"old")
    flaky.store.fail(failure, 10**6, request_of)
    with pytest.raises(LakeError):
        _create(flaky.lake, "raw/a.bin", b"x" * LARGE)
    assert flaky.uploads() == 0
    assert flaky.undisturbed.get("raw/a.bin") == b"old"


def test_a_writer_that_stops_aborts_its_upload(flaky: Flaky) -> None:
    """Its own error is the caller's."""

    def write_and_stop() -> None:
        with flaky.lake.create("raw/a.bin") as file:
            file.write(b"x" * LARGE)
            raise _StopError

    with pytest.raises(_StopError):
        write_and_stop()
    assert flaky.uploads() == 0
    assert flaky.undisturbed.keys("raw/") == []


def test_a_killed_upload_leaves_nothing_that_can_be_seen(s3_url: str, stand_in: StandIn) -> None:
    """Its parts stay hidden in the store until the bucket's rule removes them; the file can be written."""
    lake, bucket = ObjectStoreLake(s3_url), s3_url.split("/")[2]
    with subprocess.Popen(  # noqa: S603 - our own code, no shell
        [sys.executable, "-c", BEGUN, s3_url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        assert stand_in.uploads(bucket) == 1
        process.kill()
    assert lake.keys("raw/") == []
    assert lake.get("raw/a.bin") is None
    _create(lake, "raw/a.bin", b"whole")
    assert lake.get("raw/a.bin") == b"whole"


def test_a_large_file_takes_little_memory(s3_url: str) -> None:
    """On its way to the store and back, of 200 MiB a few parts are held at a time."""
    done = subprocess.run(  # noqa: S603 - our own code, no shell
        [sys.executable, "-c", THERE_AND_BACK, s3_url], check=True, capture_output=True, text=True
    )
    size, growth = map(int, done.stdout.split())
    assert size == 200
    assert growth < 100


@pytest.mark.parametrize(
    ("act", "right"),
    [
        (lambda lake: lake.put("raw/a", b"x"), "s3:PutObject"),
        (lambda lake: lake.get("raw/a"), "s3:GetObject"),
        (lambda lake: lake.keys("raw/"), "s3:ListBucket"),
        (lambda lake: lake.delete("raw/a"), "s3:DeleteObject"),
    ],
)
def test_a_right_that_is_missing_is_named(
    flaky: Flaky, act: Callable[[ObjectStoreLake], object], right: str
) -> None:
    """And the request is not repeated."""
    flaky.store.fail("403", 10**6)
    with pytest.raises(LakeError, match="access denied") as refusal:
        act(flaky.lake)
    assert right in refusal.value.next_command
    assert flaky.store.failed == 1


def test_a_bucket_that_is_not_there_is_told(stand_in: StandIn, aws: Callable[[str], None]) -> None:
    """Not taken for an empty lake, whatever is asked."""
    aws(stand_in.address)
    lake = ObjectStoreLake("s3://no-such-bucket/lake", patience=IMPATIENT)
    acts: list[Callable[[], object]] = [
        lambda: lake.get("raw/a"),
        lambda: lake.keys("raw/"),
        lambda: lake.put("raw/a", b"x"),
        lambda: lake.delete("raw/a"),
        lambda: _content(lake, "raw/a"),
        lambda: _create(lake, "raw/a", b"x" * LARGE),
    ]
    for act in acts:
        with pytest.raises(LakeError, match="there is no such bucket"):
            act()


@pytest.mark.parametrize(
    ("address", "told"),
    [("http://127.0.0.1:1", "nothing listens"), ("https://store.invalid", "not known in the network")],
)
def test_a_store_that_is_not_there_is_told(aws: Callable[[str], None], address: str, told: str) -> None:
    """With what to check."""
    aws(address)
    lake = ObjectStoreLake("s3://bucket/lake", patience=IMPATIENT)
    with pytest.raises(LakeError, match=told) as refusal:
        lake.get("raw/a")
    assert "AWS_ENDPOINT_URL" in refusal.value.next_command
    assert address in refusal.value.where


def test_an_error_shows_no_secret(flaky: Flaky) -> None:
    """Neither in its text nor in that of its cause."""
    flaky.store.fail("500", 10**6)
    with pytest.raises(LakeError) as refusal:
        flaky.lake.put("raw/a", b"x")
    assert "not-a-secret" not in f"{refusal.value} {refusal.value.__cause__}"


def test_a_file_that_changes_while_it_is_read_is_not_mixed(
    flaky: Flaky, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A copy is of one version, or there is none."""
    _create(flaky.undisturbed, "raw/a.bin", b"x" * LARGE)
    pass_on = flaky.store.ask_behind

    def change_after_the_first_range(*request: object) -> tuple[int, dict[str, str], bytes]:
        answer = pass_on(*request)  # type: ignore[arg-type]
        if request[0] == "GET":
            flaky.undisturbed.put("raw/a.bin", b"y" * LARGE)
        return answer

    monkeypatch.setattr(flaky.store, "ask_behind", change_after_the_first_range)
    with pytest.raises(LakeError):
        _content(flaky.lake, "raw/a.bin")


def test_a_folder_made_in_a_console_is_no_file(stand_in: StandIn, aws: Callable[[str], None]) -> None:
    """A console marks it by an object whose name ends in a slash."""
    aws(stand_in.address)
    bucket = stand_in.new_bucket()
    lake = ObjectStoreLake(f"s3://{bucket}/lake")
    stand_in.put(bucket, "lake/raw/")
    lake.put("raw/a", b"x")
    assert lake.keys("raw/") == ["raw/a"]


def test_a_lake_may_be_a_whole_bucket(stand_in: StandIn, aws: Callable[[str], None]) -> None:
    """And two prefixes of one bucket are two lakes."""
    aws(stand_in.address)
    bucket = stand_in.new_bucket()
    whole, first, second = (ObjectStoreLake(f"s3://{bucket}{prefix}") for prefix in ("", "/one", "/on/e/"))
    first.put("raw/a", b"1")
    second.put("raw/a", b"2")
    assert (first.keys("raw/"), second.get("raw/a")) == (["raw/a"], b"2")
    assert whole.keys("one/") == ["one/raw/a"]
    assert whole.get("on/e/raw/a") == b"2"


def test_a_lent_copy_goes_when_the_block_ends(s3_url: str) -> None:
    """The disk for temporary files does not fill up; the name keeps its ending."""
    lake = ObjectStoreLake(s3_url)
    lake.put("raw/a%2Fb/c.parquet", b"x")
    with lake.local_file("raw/a%2Fb/c.parquet") as path:
        assert path.name == "c.parquet"
    assert not path.parent.exists()
    with pytest.raises(ManifestError) as refusal, lake.local_file("raw/none"):
        pytest.fail("a file that is not there")
    assert "/some/lake/raw/none" in refusal.value.where


@pytest.mark.parametrize(
    "url",
    [
        "s3://",
        "s3:///prefix",
        "s3://a",
        "s3://key:secret@bucket/lake",
        "s3://bucket:9000/lake",
        "s3://bucket/lake?secret=secret",
        "s3://bucket/a//b",
        "s3://bucket/a/../b",
        "gs://bucket:9000/lake",
        "az://key:secret@container/lake",
    ],
)
def test_a_url_that_names_no_lake_is_refused(url: str) -> None:
    """Without repeating it: it may hold a secret."""
    with pytest.raises(WrongUseError) as refusal:
        ObjectStoreLake(url, {})
    assert "secret" not in str(refusal.value)


@pytest.mark.parametrize(
    ("variables", "is_taken"),
    [
        ({}, True),
        ({"AWS_ENDPOINT_URL": "https://store.example.org"}, True),
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:9000"}, True),
        ({"AWS_ENDPOINT_URL": "http://localhost:9000"}, True),
        ({"AWS_ENDPOINT_URL": "http://[::1]:9000"}, True),
        ({"AWS_ENDPOINT_URL": "http://store.example.org"}, False),
        ({"AWS_ENDPOINT_URL": "http://store.example.org", "AWS_ALLOW_HTTP": "false"}, False),
        ({"AWS_ENDPOINT_URL": "http://store.example.org", "AWS_ALLOW_HTTP": "true"}, True),
        ({"AWS_ENDPOINT_URL_S3": "http://store.example.org"}, False),
        ({"AWS_ENDPOINT_URL": "store.example.org"}, False),
        ({"AWS_ENDPOINT_URL": "https://key:secret@store.example.org"}, False),
    ],
)
def test_data_cross_no_network_in_the_clear(variables: dict[str, str], is_taken: bool) -> None:  # noqa: FBT001
    """Unless somebody has allowed it; on this machine they may."""
    if is_taken:
        ObjectStoreLake("s3://bucket/lake", variables)
        return
    with pytest.raises(WrongUseError) as refusal:
        ObjectStoreLake("s3://bucket/lake", variables)
    assert "secret" not in str(refusal.value)


@pytest.mark.parametrize(
    ("variables", "is_taken"),
    [
        ({}, True),
        ({"AZURE_STORAGE_ENDPOINT": "http://127.0.0.1:10000/account"}, True),
        ({"AZURE_STORAGE_ENDPOINT": "http://store.example.org"}, False),
        ({"AZURE_STORAGE_ENDPOINT": "http://store.example.org", "AZURE_ALLOW_HTTP": "true"}, True),
        ({"AWS_ENDPOINT_URL": "http://store.example.org"}, True),
    ],
)
def test_a_lake_in_azure_has_variables_of_its_own(variables: dict[str, str], is_taken: bool) -> None:  # noqa: FBT001
    """With the same caution; those of AWS mean nothing to it."""
    if is_taken:
        assert (
            ObjectStoreLake("az://container/lake", variables).where("a").startswith("az://container/lake/a")
        )
        return
    with pytest.raises(WrongUseError, match="Azure endpoint"):
        ObjectStoreLake("az://container/lake", variables)


def test_a_lake_of_google_is_told_apart_by_versions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its store excludes runs by the number of an object's generation."""
    monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS", raising=False)
    assert ObjectStoreLake("gs://bucket/lake", {}).names_versions_by_number
    assert not ObjectStoreLake("az://container/lake", {}).names_versions_by_number
