"""Unit prices of Google Cloud in Zurich (europe-west6), on demand, USD without tax.

Prices change: look at https://cloud.google.com/pricing/list before a budget is signed.

Compute and object storage are the catalogue's of 6 March 2025 (Google's price API by way of
github.com/Cyclenerd/google-cloud-pricing-cost-calculator; a machine's price is that of its
virtual CPUs and gigabytes, which are told here). Rows called `DERIVED` are the list price of
Iowa times 1.4, the ratio of Zurich to Iowa for compute on that day: look those up first.
"""

from dataclasses import dataclass

DATED = "6 March 2025"
CATALOGUE = f"price catalogue, {DATED}"
DERIVED = "Iowa's list price times 1.4"

HOURS_A_MONTH = 730.0
"""What Google bills as a month."""


@dataclass(frozen=True, slots=True)
class Price:
    """USD for one `unit` of something."""

    usd: float
    unit: str
    source: str = CATALOGUE


PRICES = {
    "vcpu": Price(0.044221, "N2 vCPU and hour"),
    "memory": Price(0.005927, "N2 GB and hour"),
    "vcpu_spot": Price(0.01102, "preemptible N2 vCPU and hour"),
    "memory_spot": Price(0.001475, "preemptible N2 GB and hour"),
    "gpu_machine": Price(1.194135, "g2-standard-8 (one L4, 8 vCPU, 32 GB) and hour"),
    "a100_machine": Price(4.806819, "a2-highgpu-1g (one A100 40 GB, 12 vCPU, 85 GB) and hour"),
    "storage": Price(0.025, "GB and month, standard class"),
    "database_vcpu": Price(0.0578, "Cloud SQL vCPU and hour", DERIVED),
    "database_memory": Price(0.0098, "Cloud SQL GB and hour", DERIVED),
    "database_disk": Price(0.238, "Cloud SQL SSD GB and month", DERIVED),
    "balancer": Price(0.035, "hour of up to five forwarding rules", DERIVED),
    "balancer_data": Price(0.0112, "GB through the load balancer", DERIVED),
    "cache": Price(0.0686, "Memorystore Redis GB and hour, basic", DERIVED),
    "egress": Price(0.12, "GB to the internet, first TB", "list price, premium tier"),
}
