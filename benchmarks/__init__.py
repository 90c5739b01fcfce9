"""What Labwork costs, next to a hand-written loop and to its peers.

``python -m benchmarks`` runs everything and writes ``benchmarks/results/<suite>.{md,json}``;
``python -m benchmarks loop imports`` runs some suites; ``--quick`` only shows that they run.

Times on a shared machine drift, so the contestants of a suite take turns within one run, and
what counts are the ratios within a round, not the milliseconds. Nothing is asserted here.
"""

__all__: list[str] = []
