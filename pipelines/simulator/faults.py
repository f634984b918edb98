"""Faults planted on request in the last delivery of a feed, which the rules of the pipeline must notice."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.simulator.columns import Text, choose, words
from pipelines.simulator.deliveries import Delivery, part


@dataclass(frozen=True)
class Fault:
    """A named fault: the feed it strikes, what happens, and the change of the last delivery or of its file."""

    name: str
    feed: str
    description: str
    change: Callable[[Delivery], Delivery | None] | None = None  # None: the delivery does not come
    damage: Callable[[Path], None] | None = None


def _set(delivery: Delivery, column: str, text: Text) -> Delivery:
    table = delivery.table
    return replace(delivery, table=table.set_column(table.column_names.index(column), column, text))


def _nulled(delivery: Delivery) -> Delivery:
    return _set(delivery, "email", pa.nulls(delivery.table.num_rows, pa.string()))


def _in_cents(delivery: Delivery) -> Delivery:
    for column in ("unit_price", "discount", "total"):
        delivery = _set(delivery, column, pc.replace_substring(delivery.table[column], ".", ""))
    return delivery


def _doubled(delivery: Delivery) -> Delivery:
    return part(delivery, np.repeat(np.arange(len(delivery.person)), 2), delivery.file)


def _one_key(delivery: Delivery) -> Delivery:
    delivery = _set(delivery, "bonnr", words(["B000000000"] * len(delivery.person)))
    return _set(delivery, "regel", words(["1"] * len(delivery.person)))


def _all_bounce(delivery: Delivery) -> Delivery:
    event = delivery.table["event"].combine_chunks()
    return _set(delivery, "event", choose(np.arange(len(event)) % 10 < 6, "bounce", event))


def _renamed(delivery: Delivery) -> Delivery:
    names = ["doel" if name == "purpose" else name for name in delivery.table.column_names]
    return replace(delivery, table=delivery.table.rename_columns(names))


def _a_tenth(delivery: Delivery) -> Delivery:
    return part(delivery, np.arange(0, len(delivery.person), 10), delivery.file)


def _in_the_future(delivery: Delivery) -> Delivery:
    moments = delivery.table["moment"]
    return _set(delivery, "moment", pc.replace_substring(moments, "-20", "-21"))


def _accented(delivery: Delivery) -> Delivery:
    # Plain ASCII would be the same bytes in both encodings.
    return _set(delivery, "opmerking", words(["bon à vérifier"] * len(delivery.person)))


def _cut_in_half(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])


def _as_utf8(path: Path) -> None:
    path.write_bytes(path.read_bytes().decode("cp1252").encode("utf-8"))


def _emptied(path: Path) -> None:
    path.write_bytes(b"")


FAULTS: dict[str, Fault] = {
    fault.name: fault
    for fault in (
        Fault("stale_feed", "web_events", "The last month's file does not come.", lambda _: None),
        Fault("null_column", "sample_requests", "The e-mail column is empty throughout.", _nulled),
        Fault("unit_change", "shop_orders", "Amounts are in cents instead of euro.", _in_cents),
        Fault("doubled_rows", "contest_entries", "Each row stands twice.", _doubled),
        Fault("broken_key", "till_sales", "All rows have one and the same key.", _one_key),
        Fault("drifted_mix", "newsletter_events", "Six of ten events are bounces.", _all_bounce),
        Fault("missing_column", "consents", "The column purpose is called doel.", _renamed),
        Fault("volume_drop", "products", "Nine of ten rows are missing from the snapshot.", _a_tenth),
        Fault("future_dates", "sales_visits", "The dates lie a hundred years ahead.", _in_the_future),
        Fault("unreadable_file", "surveys", "The workbook is cut off in its middle.", damage=_cut_in_half),
        Fault("wrong_encoding", "warranty_cards", "The file is UTF-8, the contract says cp1252.", _accented, _as_utf8),
        Fault("empty_file", "returns", "The file has no bytes.", damage=_emptied),
    )
}  # fmt: skip


def with_faults(deliveries: Sequence[Delivery], faults: Sequence[Fault]) -> list[Delivery]:
    """The feed's deliveries with the last one of the history changed."""
    result = list(deliveries)
    place = max(
        place for place, delivery in enumerate(result) if delivery.day is None and len(delivery.person)
    )
    for fault in faults:
        if fault.change is not None:
            changed = fault.change(result[place])
            if changed is None:
                del result[place]
                break
            result[place] = changed
    return result


def last_file(deliveries: Sequence[Delivery]) -> str:
    """The file a fault of the feed strikes."""
    return [delivery.file for delivery in deliveries if delivery.day is None and len(delivery.person)][-1]
