"""How reports, numbers and times read."""

from labwork.reporting._sink import Report

__all__ = ["duration", "number", "report_line"]


def number(value: float) -> str:
    """Writes a number with at most five digits that count, and whole numbers in full.

    >>> number(0.123456), number(3e-05), number(60000.0), number(float("nan"))
    ('0.12346', '3e-05', '60000', 'nan')
    """
    whole = float(value).is_integer() and abs(value) < 1e12
    return str(int(value)) if whole else f"{value:.5g}"


def duration(seconds: float) -> str:
    """Writes a time of some seconds or days.

    >>> duration(83.4), duration(200_000)
    ('0:01:23', '2d 7:33:20')
    """
    minutes, s = divmod(int(seconds), 60)
    hours, m = divmod(minutes, 60)
    days, h = divmod(hours, 24)
    return f"{days}d {h}:{m:02}:{s:02}" if days else f"{h}:{m:02}:{s:02}"


def report_line(report: Report, epoch_count: int = 0) -> str:
    """Writes a report on a line.

    Args:
        report: the report.
        epoch_count: epochs in all, for "epoch 1/10"; 0 where that is unknown.

    >>> report_line(Report("val", epoch=1, step=50, scalars={"loss": 0.25, "top1": 0.5}), 10)
    'epoch  1/10  step 50  val    loss 0.25  top1 0.5'
    """
    total = str(epoch_count) if epoch_count else ""
    epoch = f"{report.epoch:>{len(total)}}/{total}" if total else f"{report.epoch}"
    scalars = "".join(f"  {name} {number(value)}" for name, value in report.scalars.items())
    return f"epoch {epoch}  step {report.step}  {report.split:<5}{scalars}"
