"""Settings of analytics."""

from pathlib import Path

from pydantic import Field

from myschool_kit.settings import Settings


class AnalyticsSettings(Settings):
    """What analytics needs beside the common settings: how a region tells its aggregates, and which cells the federal plane knows."""

    # Platform rules ask for five; a region may only ask for more.
    aggregate_least_people: int = Field(default=5, ge=5, le=1000)
    aggregate_settle_days: int = Field(default=2, ge=0, le=14, description="A week is told when so many days have passed after it")
    aggregate_weeks: int = Field(default=4, ge=1, le=53, description="So many told weeks are looked at again for corrections")
    cells_file: Path | None = Field(default=None, description="The register of cells; only the federal plane has one")
    federal_beside_serve: bool = Field(default=False, description="Takes in what cells tell in the serving process, as on one box")
