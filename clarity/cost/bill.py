"""A month's bill, estimated from the load: what `cluster.yaml` starts, and what lies beside it.

One head always runs. CPU workers are preemptible and run as long as scans need them. A GPU
machine, where one is wanted, serves the detectors all month.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from clarity.carbon.footprint import energy_kwh
from clarity.carbon.places import Place
from clarity.carbon.processors import processor
from clarity.cost.prices import HOURS_A_MONTH, PRICES

DAYS_A_MONTH = HOURS_A_MONTH / 24
HEAD_VCPUS, HEAD_GB = 4, 16
WORKER_GB_A_VCPU = 4
DATABASE_VCPUS, DATABASE_GB, DATABASE_DISK_GB = 2, 8, 10
CACHE_GB = 1
ROW_GB = 30e-6
"""A report with its scan, log lines and indices in the databases."""

UTILISATION = 0.4
"""Part of the time of a started worker that is work: scans come as they please."""


@dataclass(frozen=True, slots=True)
class Load:
    """What a platform has to carry.

    Attributes:
        scans_a_day: new items; what was seen before costs next to nothing.
        video_share: part of them that are videos, in [0, 1].
        retention_days: how long media, pictures and reports are kept.
        gpu: detectors on a GPU instead of CPU workers.
        training_gpu_hours: on one A100 in the month.
        image_seconds, video_seconds: processor seconds of a scan. The defaults are for six
            detectors: 0.14 (image) or 0.55 (32 frames) for decoding, faces and one small
            detector, and 0.28 a face for VGG-16 twice, EfficientNet-B4 three times and Xception
            once, in bfloat16.
        detector_share: part of that which a GPU takes over.
        image_mb, video_mb: size of an item as it comes.
        pictures_mb: pictures of a report.
        page_mb: sent to the reader of a report.

    Raises:
        ValueError: a quantity that cannot be.
    """

    scans_a_day: float = 1000.0
    video_share: float = 0.2
    retention_days: float = 30.0
    gpu: bool = False
    training_gpu_hours: float = 0.0
    image_seconds: float = 0.42
    video_seconds: float = 9.5
    detector_share: float = 0.8
    image_mb: float = 3.0
    video_mb: float = 30.0
    pictures_mb: float = 0.5
    page_mb: float = 2.0

    def __post_init__(self) -> None:
        shares = (self.video_share, self.detector_share)
        if min(self.scans_a_day, self.retention_days, self.training_gpu_hours) < 0:
            raise ValueError("scans, days and hours are at least 0")
        if any(not 0 <= share <= 1 for share in shares):
            raise ValueError("shares lie in [0, 1]")

    def mixed(self, image: float, video: float) -> float:
        """A quantity of the average scan, of that of an image and of a video."""
        return (1 - self.video_share) * image + self.video_share * video

    @property
    def scans_a_month(self) -> float:
        return self.scans_a_day * DAYS_A_MONTH

    @property
    def worker_hours(self) -> float:
        """vCPU hours in the month that scans keep busy."""
        seconds = self.mixed(self.image_seconds, self.video_seconds)
        kept = 1 - self.detector_share if self.gpu else 1
        return self.scans_a_month * seconds * kept / 3600


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a bill: `amount` of `unit` in the month."""

    item: str
    amount: float
    unit: str
    usd: float
    source: str


def monthly_bill(load: Load) -> list[Line]:
    """The lines of a month's bill; their sum is what it costs."""
    return list(_lines(load))


def _lines(load: Load) -> Iterator[Line]:
    started = load.worker_hours / UTILISATION
    yield _line("head", "vcpu", HEAD_VCPUS * HOURS_A_MONTH)
    yield _line("head, memory", "memory", HEAD_GB * HOURS_A_MONTH)
    yield _line("CPU workers", "vcpu_spot", started)
    yield _line("CPU workers, memory", "memory_spot", started * WORKER_GB_A_VCPU)
    if load.gpu:
        yield _line("detectors on a GPU", "gpu_machine", HOURS_A_MONTH)
    if load.training_gpu_hours:
        yield _line("training", "a100_machine", load.training_gpu_hours)
    kept = load.scans_a_day * load.retention_days
    media_gb = load.mixed(load.image_mb, load.video_mb) / 1000
    yield _line("object storage", "storage", kept * (media_gb + load.pictures_mb / 1000))
    yield _line("database", "database_vcpu", DATABASE_VCPUS * HOURS_A_MONTH)
    yield _line("database, memory", "database_memory", DATABASE_GB * HOURS_A_MONTH)
    yield _line("database, disk", "database_disk", DATABASE_DISK_GB + kept * ROW_GB)
    yield _line("load balancer", "balancer", HOURS_A_MONTH)
    sent_gb = load.scans_a_month * load.page_mb / 1000
    yield _line("load balancer, data", "balancer_data", load.scans_a_month * media_gb + sent_gb)
    yield _line("cache", "cache", CACHE_GB * HOURS_A_MONTH)
    yield _line("to the internet", "egress", sent_gb)


def _line(item: str, price: str, amount: float) -> Line:
    known = PRICES[price]
    return Line(item, amount, known.unit, amount * known.usd, known.source)


def monthly_kwh(load: Load, where: Place) -> float:
    """Energy of the month's machines in kWh, every started processor counted as busy.

    Database, cache, load balancer and disks are left out: nobody publishes theirs.
    """
    vcpus = HEAD_VCPUS * HOURS_A_MONTH + load.worker_hours / UTILISATION
    cpu = processor("cascade-lake").watts
    hours = {
        cpu: vcpus + (8 * HOURS_A_MONTH if load.gpu else 0) + 12 * load.training_gpu_hours,
        processor("l4").watts: HOURS_A_MONTH if load.gpu else 0,
        processor("a100").watts: load.training_gpu_hours,
    }
    return sum(
        energy_kwh(hours=time, processors=1, watts=watts, pue=where.pue)
        for watts, time in hours.items()
    )
