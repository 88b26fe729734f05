"""Every metric, declared: what is exposed, what the page lists, what dashboards may use."""

from clipsaver.worker.exposing.figures import discord, process, thumbnails, work
from clipsaver.worker.exposing.figures.figure import Figure, Kind, Sample, Snapshot

ALL = (*work.FIGURES, *discord.FIGURES, *thumbnails.FIGURES, *process.FIGURES)

__all__ = ["ALL", "Figure", "Kind", "Sample", "Snapshot"]
