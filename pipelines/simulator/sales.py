"""The sales feeds: web shop, tills, Sweden, China, and what came back."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pyarrow as pa

from pipelines.simulator.columns import Text, choose, join, keep, moment, money, number, pick, words
from pipelines.simulator.company import RETYPED, Company
from pipelines.simulator.contact_blocks import Blocks
from pipelines.simulator.deliveries import NOBODY, Delivery, broken, draw_faults, has, part, split_by_file
from pipelines.simulator.forms import customer_number
from pipelines.simulator.orders import CURRENCY, RETURNED
from pipelines.simulator.traits import CHINA, STORE, SWEDEN, WEB
from pipelines.simulator.world import DAY

CARD_SHOWN, SECOND_USED, SEND_BACK = 0.80, 0.4, 0.22
_CORRECTED = 0.01
_LATE_STORE = 7


class _Lines:
    """The order lines of one channel: whom they are about, and the columns that all sales feeds have."""

    def __init__(self, company: Company, channel: int, feed: str) -> None:
        orders = company.orders
        self.company, self.feed, self.rng = company, feed, company.dice.of(feed)
        self.lines = np.flatnonzero(orders.channel[orders.line_order] == channel)
        self.order = orders.line_order[self.lines]
        self.at = orders.at[self.order]
        self.unique_order, self.place = np.unique(self.order, return_inverse=True)
        self.number = self._numbers(channel)
        # At the till only a loyalty card identifies the buyer.
        known = np.flatnonzero(self.number > 0) if channel == STORE else np.arange(len(self.unique_order))
        retyped = (self.number == 0) & (self.rng.random(len(self.unique_order)) < RETYPED)
        versions = np.where(retyped, -1 - np.arange(len(self.unique_order)), self._versions())
        _, first, block = np.unique(versions[known], return_index=True, return_inverse=True)
        first = known[first]
        person = orders.person[self.unique_order][first]
        self.blocks = Blocks(
            company.society, person, orders.at[self.unique_order][first], company.typed_or_copied(feed, person, self.number[first], retyped[first]),
            is_native=channel == CHINA, is_business=orders.is_business[self.unique_order][first],
        )  # fmt: skip
        block_of_order = np.full(len(self.unique_order), NOBODY)
        block_of_order[known] = block
        self.block = block_of_order[self.place]
        self.fault = draw_faults(
            self.rng,
            len(self.lines),
            "torn_line",
            "impossible_date",
            "unreadable_amount",
            "negative_quantity",
        )

    def _numbers(self, channel: int) -> np.ndarray:
        """The customer number of each order; now and then the buyer's second one, 0 for guests and cards not shown."""
        orders, traits = self.company.orders, self.company.traits
        person = orders.person[self.unique_order]
        number_ = np.where(orders.is_guest[self.unique_order], 0, traits.number[person])
        is_second = (traits.second_number[person] > 0) & (self.rng.random(len(person)) < SECOND_USED)
        number_ = np.where(is_second & (number_ > 0), traits.second_number[person], number_)
        if channel == STORE:
            number_ = np.where(self.rng.random(len(person)) < CARD_SHOWN, number_, 0)
        return number_

    def _versions(self) -> np.ndarray:
        """One value per account or guest and version of its data (move, marriage, mail, telephone)."""
        orders, society = self.company.orders, self.company.society
        person, at = orders.person[self.unique_order], orders.at[self.unique_order]
        people = society.people
        changes = (
            society.homes.moved_at[people.household[person]], people.email_changed_at[person],
            people.phone_changed_at[person], people.married_at[person],
        )  # fmt: skip
        version = sum((at >= change).astype(np.int64) << place for place, change in enumerate(changes))
        version += 16 * orders.is_business[self.unique_order] + 32 * (
            self.number == self.company.traits.second_number[person]
        )
        return (person * 64 + version) * 2 + (self.number > 0)

    def of_block(self, text: Text) -> Text:
        return pick(text, self.block)

    def of_order(self, text: Text) -> Text:
        return text.take(pa.array(self.place))

    def numbers(self, decimal: str) -> tuple[Text, Text, Text, Text]:
        """Quantity, unit price, discount and amount."""
        orders, fault = self.company.orders, self.fault
        quantity = number(orders.quantity[self.lines])
        quantity = choose(has(fault, "negative_quantity"), join("-", quantity), quantity)
        # The price is unreadable as well, or landing would compute the amount.
        price = broken(money(orders.price[self.lines], decimal), fault, "unreadable_amount", "?")
        amount = broken(money(orders.amount[self.lines], decimal), fault, "unreadable_amount", "?")
        return quantity, price, money(orders.discount[self.lines], decimal), amount

    def time(self, pattern: str, zone: str, impossible: str) -> Text:
        return broken(moment(self.at, pattern, zone), self.fault, "impossible_date", impossible)

    @property
    def sku(self) -> Text:
        return pick(self.company.catalogue.sku, self.company.orders.product[self.lines])

    @property
    def coupon(self) -> Text:
        campaign = self.company.orders.campaign[self.order]
        return pick(words([f"{code}-15" for code in self.company.campaigns.code]), campaign)

    def delivery(self, columns: dict[str, Text]) -> Delivery:
        """The whole feed as one delivery, to be split into files."""
        place, is_known = np.maximum(self.block, 0), self.block != NOBODY
        person = np.where(is_known, self.blocks.person[place], NOBODY) if len(self.blocks) else self.block
        firm = np.where(is_known, self.blocks.company[place], NOBODY) if len(self.blocks) else self.block
        return Delivery(self.feed, "", pa.table(columns), person, firm, self.block, self.fault, self.blocks)


def shop_orders(company: Company) -> Iterator[Delivery]:
    """Web shop in euro; 1 % of the lines of the last year are corrected in a later file."""
    lines = _Lines(company, WEB, "shop_orders")
    blocks, orders = lines.blocks, company.orders
    quantity, price, discount, amount = lines.numbers(".")
    columns = {
        "order_no": join("WS", number(lines.order + 1, 8)), "line_no": number(orders.line_number[lines.lines]),
        "ordered_at": lines.time("%Y-%m-%dT%H:%M:%SZ", "UTC", "2025-02-31T09:00:00Z"),
        "customer_no": lines.of_order(customer_number(lines.number)),
        "first_name": lines.of_block(blocks.given_name), "last_name": lines.of_block(blocks.family_name),
        "email": lines.of_block(blocks.email), "phone": lines.of_block(blocks.phone), "street": lines.of_block(blocks.street),
        "house_no": lines.of_block(blocks.house_number), "zip": lines.of_block(blocks.postcode), "city": lines.of_block(blocks.city),
        "country": lines.of_block(blocks.country_code), "company": lines.of_block(blocks.company_name), "vat_no": lines.of_block(blocks.vat_number),
        "sku": lines.sku, "quantity": quantity, "unit_price": price, "discount": discount, "total": amount, "coupon": lines.coupon,
        "campaign": pick(words(company.campaigns.code), orders.campaign[lines.order]),
        "payment_method": pick(words(["ideal", "card", "invoice", "paypal"]), lines.order % 4),
    }  # fmt: skip
    whole = lines.delivery(columns)
    clock, quantities = company.clock, orders.quantity[lines.lines]
    recent = (
        (lines.at > clock.now - 365 * DAY) & (lines.at <= clock.now) & (quantities > 1) & (lines.fault == 0)
    )
    wrong = np.flatnonzero(recent & (lines.rng.random(len(recent)) < _CORRECTED * 4))
    corrected = part(whole, wrong, f"orders_{clock.as_of:%Y_%m}_corrections.csv")
    less = orders.discount[lines.lines[wrong]] // quantities[wrong]
    one = orders.price[lines.lines[wrong]] - less
    table, new = (
        corrected.table,
        {"quantity": words(["1"] * len(wrong)), "discount": money(less), "total": money(one)},
    )
    for name, text in new.items():
        table = table.set_column(table.column_names.index(name), name, text)
    yield replace(corrected, table=table)
    for label, rows, day in split_by_file(company.clock, lines.at, 6, by_year=True):
        yield part(whole, rows, f"orders_{label}.csv", day)


def till_sales(company: Company) -> Iterator[Delivery]:
    """Tills: most receipts name nobody; one shop sends last month's rows late."""
    lines = _Lines(company, STORE, "till_sales")
    orders = company.orders
    store = orders.person[lines.unique_order] % 9 + 1
    quantity, price, discount, amount = lines.numbers(",")
    columns = {
        "bonnr": join("B", number(lines.order + 1, 9)), "regel": number(orders.line_number[lines.lines]),
        "tijdstip": lines.time("%d-%m-%Y %H:%M", "Europe/Amsterdam", "31-02-2025 11:00"),
        "filiaal": lines.of_order(join("F", number(store, 2))), "kassier": lines.of_order(number(lines.unique_order % 23 + 1)),
        "klantkaart": lines.of_order(customer_number(lines.number)), "artikel": lines.sku, "aantal": quantity, "prijs": price,
        "korting": discount, "bedrag": amount, "actiecode": lines.coupon,
    }  # fmt: skip
    whole = lines.delivery(columns)
    clock = company.clock
    is_late = (
        (store[lines.place] == _LATE_STORE)
        & (lines.at > clock.now - 55 * DAY)
        & (lines.at < clock.now - 31 * DAY)
    )
    yield part(whole, np.flatnonzero(is_late), f"kassa_{clock.as_of:%Y_%m}_nagekomen.csv")
    for label, rows, day in split_by_file(clock, lines.at, 2, by_year=True):
        yield part(whole, rows[~is_late[rows]], f"kassa_{label}.csv", day)


def sweden_orders(company: Company) -> Iterator[Delivery]:
    """The Swedish shop, in crowns."""
    lines = _Lines(company, SWEDEN, "sweden_orders")
    blocks, orders = lines.blocks, company.orders
    quantity, price, discount, amount = lines.numbers(",")
    columns = {
        "ordernr": join("SE", number(lines.order + 1, 8)), "rad": number(orders.line_number[lines.lines]),
        "datum": lines.time("%Y-%m-%d %H:%M:%S", "Europe/Stockholm", "2025-02-31 10:00:00"),
        "kundnr": lines.of_order(customer_number(lines.number)), "förnamn": lines.of_block(blocks.given_name),
        "efternamn": lines.of_block(blocks.family_name), "e-post": lines.of_block(blocks.email), "telefon": lines.of_block(blocks.phone),
        "gatuadress": lines.of_block(blocks.street), "nummer": lines.of_block(blocks.house_number), "postnr": lines.of_block(blocks.postcode),
        "ort": lines.of_block(blocks.city), "artikelnr": lines.sku, "antal": quantity, "styckpris": price, "rabatt": discount,
        "summa": amount, "rabattkod": lines.coupon,
    }  # fmt: skip
    whole = lines.delivery(columns)
    for label, rows, day in split_by_file(company.clock, lines.at, 1):
        yield part(whole, rows, f"order_{label}.csv", day)


def china_orders(company: Company) -> Iterator[Delivery]:
    """The shop on a Chinese marketplace: names and places in characters, the marketplace's own member number."""
    lines = _Lines(company, CHINA, "china_orders")
    blocks, orders = lines.blocks, company.orders
    quantity, price, discount, amount = lines.numbers(".")
    columns = {
        "订单号": join("CN", number(lines.order + 1, 8)), "行号": number(orders.line_number[lines.lines]),
        "下单时间": lines.time("%Y/%m/%d %H:%M", "Asia/Shanghai", "2025/02/31 10:00"),
        "会员号": lines.of_block(join("m", number(blocks.person * 7 + 100_003))), "收货人": lines.of_block(blocks.full_name),
        "手机": lines.of_block(blocks.phone), "邮箱": keep(lines.block % 3 == 0, lines.of_block(blocks.email)),
        "地址": lines.of_block(join(blocks.street, blocks.house_number, "号")), "城市": lines.of_block(blocks.city),
        "邮编": lines.of_block(blocks.postcode), "商品编码": lines.sku, "数量": quantity, "单价": price, "优惠": discount, "金额": amount,
    }  # fmt: skip
    whole = lines.delivery(columns)
    for label, rows, day in split_by_file(company.clock, lines.at, 1):
        yield part(whole, rows, f"orders_{label}.csv", day)


def returns(company: Company) -> Iterator[Delivery]:
    """4.5 % of the lines come back within weeks, the whole line, at what was paid; most people send nothing back."""
    orders, clock, rng = company.orders, company.clock, company.dice.of("returns")
    sends_back = company.habit("returns") < SEND_BACK
    chance = RETURNED / SEND_BACK * sends_back[orders.person[orders.line_order]]
    lines = np.flatnonzero(rng.random(len(orders.product)) < chance)
    at = orders.at[orders.line_order[lines]] + rng.integers(2, 25, len(lines)) * DAY
    lines, at = lines[at < clock.end], at[at < clock.end]
    by_time = np.argsort(at, kind="stable")
    lines, at = lines[by_time], at[by_time]
    order = orders.line_order[lines]
    person, channel = orders.person[order], orders.channel[order]
    is_guest = orders.is_guest[order]
    numbers = np.where(is_guest, 0, company.traits.number[person])
    by_mail = is_guest & (channel != STORE)
    known = (numbers > 0) | by_mail
    block = np.where(known, np.cumsum(known) - 1, NOBODY)
    typing = company.typed_or_copied("returns", person[known], numbers[known])
    blocks = Blocks(company.society, person[known], at[known], typing)
    amount, quantity = -orders.amount[lines], -orders.quantity[lines]
    columns = {
        "return_no": join("RT", number(order + 1, 8)), "order_line": number(orders.line_number[lines]),
        "returned_on": moment(at, "%Y%m%d", "Europe/Amsterdam"), "customer_no": customer_number(numbers),
        "email": keep(by_mail, pick(blocks.email, block)), "sku": pick(company.catalogue.sku, orders.product[lines]),
        "quantity": number(quantity), "amount": money(amount), "currency": pick(words(list(CURRENCY)), channel),
        "channel": choose(channel == STORE, "store", choose(channel == CHINA, "marketplace", "web")),
        "reason": pick(words(["size", "damaged", "other colour", "late"]), lines % 4),
    }  # fmt: skip
    whole = Delivery(
        "returns", "", pa.table(columns), np.where(known, person, NOBODY), np.full(len(lines), NOBODY), block, blocks=blocks
    )  # fmt: skip
    for label, rows, day in split_by_file(clock, at, 1):
        yield part(whole, rows, f"returns_{label}.csv", day)
