"""The kinds of feed: what a row means, which canonical columns it may carry, and of which type.

A feed (one YAML file) belongs to one kind. Landing casts to these types, dbt has one staging model per kind,
Great Expectations one suite per kind.
"""

from dataclasses import dataclass
from typing import Literal

ColumnType = Literal["text", "integer", "decimal", "money", "date", "timestamp", "boolean"]

SQL_TYPES: dict[ColumnType, str] = {
    "text": "VARCHAR",
    "integer": "BIGINT",
    "decimal": "DECIMAL(18, 6)",
    "money": "DECIMAL(18, 2)",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
    "boolean": "BOOLEAN",
}

# A row with none of these is about nobody in particular: a country by default, a postcode or a cookie names no one.
IDENTIFYING: tuple[str, ...] = (
    "record_id",
    "customer_number",
    "given_name",
    "family_name",
    "full_name",
    "email",
    "phone",
    "street",
    "house_number",
    "company_name",
    "company_number",
    "vat_number",
    "social_profile",
)

# Who a row is about. Every one of these is stored in profiles.parquet only, as the text that was sent.
CONTACT_BLOCK: tuple[str, ...] = (
    "record_id",
    "customer_number",
    "given_name",
    "family_name",
    "full_name",
    "gender",
    "birth_date",
    "email",
    "phone",
    "street",
    "house_number",
    "postcode",
    "city",
    "country",
    "language",
    "company_name",
    "company_number",
    "vat_number",
    "job_title",
    "social_profile",
    "cookie_id",
    "occupation",
    "income_band",
    "household_size",
    "marital_status",
    "interests",
)


@dataclass(frozen=True)
class Column:
    """One canonical column of a kind: its type, its meaning, and whether every contract of the kind must fill it.

    `codes`: the usual ones of a column of codes, whose mix is watched from load to load; there may be others.
    `is_free_text`: people write what they like, of themselves and of others. `is_link`: ties rows of one visitor together.
    """

    name: str
    type: ColumnType
    description: str
    required: bool = False
    codes: tuple[str, ...] = ()
    is_free_text: bool = False
    is_link: bool = False


@dataclass(frozen=True)
class Kind:
    """What the rows of a feed mean.

    `event_at` says what the event time of the kind is. `has_contact_block`: rows are about somebody.
    `makes_people`: a profile seen only here becomes a person (a company register or a suppression list does not).
    `unusable_without`: a row in which one of these cannot be read goes to quarantine, as it does without key or event time.
    `decides_permission`: the columns that say who may be contacted, for what and where.
    """

    name: str
    event_at: str
    columns: tuple[Column, ...]
    has_contact_block: bool = True
    makes_people: bool = True
    key_required: bool = False
    unusable_without: tuple[str, ...] = ()
    decides_permission: tuple[str, ...] = ()

    def column(self, name: str) -> Column | None:
        """The canonical column of that name, or None."""
        return next((column for column in self.columns if column.name == name), None)


_CAMPAIGN = Column("campaign_id", "text", "Campaign the row answers to, in the source's own code.")
_PRODUCT = Column("product_id", "text", "Product, in the source's own code.")
_CHANNELS = ("email", "sms", "phone", "post", "ads")
_CURRENCY = Column("currency", "text", "ISO 4217 code of the amounts in this row.")

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(
            "form_submissions",
            "when the form was sent in",
            (
                Column(
                    "form_type",
                    "text",
                    "What the form was: contest, sample_request, warranty_card, account, offer, "
                    "white_paper, webinar, event_registration, demo_request, trial_request ...",
                    required=True,
                    codes=(
                        "contest",
                        "sample_request",
                        "warranty_card",
                        "account",
                        "offer",
                        "white_paper",
                        "webinar",
                        "event_registration",
                        "demo_request",
                        "trial_request",
                    ),
                ),
                _PRODUCT,
                _CAMPAIGN,
                Column("landing_page", "text", "Page or printed address that led to the form."),
                Column("source_code", "text", "Channel tag of the landing page (utm_source, print, tv ...)."),
                Column("coupon_code", "text", "Coupon given or redeemed with the form."),
                Column(
                    "message", "text", "Free text of the sender; may hold personal data.", is_free_text=True
                ),
            ),
        ),
        Kind(
            "newsletter_events",
            "when it happened",
            (
                Column(
                    "event_type",
                    "text",
                    "subscribe, confirm, send, open, click, bounce, hard_bounce, complaint or unsubscribe, or a word of the "
                    "usual sending services for one of these.",
                    required=True,
                    codes=(
                        "subscribe",
                        "confirm",
                        "send",
                        "open",
                        "click",
                        "bounce",
                        "complaint",
                        "unsubscribe",
                    ),
                ),
                Column("newsletter", "text", "Name of the newsletter."),
                _CAMPAIGN,
                Column("link_url", "text", "Link that was clicked."),
            ),
            decides_permission=("event_type",),
        ),
        Kind(
            "sales",
            "when the order was placed or the goods came back",
            (
                Column("order_id", "text", "Order or receipt the line belongs to.", required=True),
                Column("line_number", "text", "Line within the order."),
                Column(
                    "line_type",
                    "text",
                    "sale or return; without it a negative amount is a return.",
                    codes=("sale", "return"),
                ),
                _PRODUCT,
                Column("quantity", "decimal", "Units; negative only on a return."),
                Column("unit_price", "money", "Price of one unit before discount."),
                Column("discount_amount", "money", "Discount on the line, as a positive amount."),
                Column(
                    "amount",
                    "money",
                    "What the line cost after discount, returns negative; without it "
                    "quantity x unit_price - discount_amount.",
                    required=True,
                ),
                _CURRENCY,
                Column(
                    "sales_channel",
                    "text",
                    "web, store, phone, sales_team ...",
                    codes=("web", "store", "phone", "sales_team", "marketplace"),
                ),
                Column("store_id", "text", "Shop or till."),
                Column("coupon_code", "text", "Coupon used on the line."),
                _CAMPAIGN,
            ),
            key_required=True,
            unusable_without=("amount",),
        ),
        Kind(
            "list_prospects",
            "when the provider last saw the data, or the day of the list",
            (
                Column("list_name", "text", "Name of the list within the provider's catalogue."),
                Column("prospect_segment", "text", "Target group the provider sold the row under."),
            ),
        ),
        Kind(
            "web_events",
            "when it happened",
            (
                Column(
                    "event_type",
                    "text",
                    "page_view, product_view, wish, basket, landing, search, login ...",
                    required=True,
                    codes=("page_view", "product_view", "wish", "basket", "landing", "search", "login"),
                ),
                Column("session_id", "text", "Visit the event belongs to.", is_link=True),
                Column("page_url", "text", "Page, without query string."),
                Column("referrer", "text", "Site the visitor came from."),
                Column("source_code", "text", "utm_source, or print, tv."),
                _CAMPAIGN,
                _PRODUCT,
            ),
        ),
        Kind(
            "support_tickets",
            "when the ticket was opened",
            (
                Column("ticket_id", "text", "The ticket, in the source's own code.", required=True),
                Column("category", "text", "What the ticket is about."),
                Column(
                    "ticket_status", "text", "open, pending or closed.", codes=("open", "pending", "closed")
                ),
                Column(
                    "contact_channel",
                    "text",
                    "email, phone, chat, store ...",
                    codes=("email", "phone", "chat", "store"),
                ),
                _PRODUCT,
                Column("closed_at", "timestamp", "When the ticket was closed."),
                Column("satisfaction_score", "decimal", "Score the customer gave, 1 (bad) to 5 (good)."),
                Column(
                    "message", "text", "Free text of the ticket; may hold personal data.", is_free_text=True
                ),
            ),
        ),
        Kind(
            "interactions",
            "when the sales team met or called",
            (
                Column(
                    "interaction_type",
                    "text",
                    "call, visit, fair, email, meeting ...",
                    required=True,
                    codes=("call", "visit", "fair", "email", "meeting"),
                ),
                Column("place", "text", "Where they met."),
                Column("sales_rep", "text", "Code of the employee."),
                Column(
                    "outcome",
                    "text",
                    "What came of it: none, interested, quote, won, lost ...",
                    codes=("none", "interested", "quote", "won", "lost"),
                ),
                _PRODUCT,
                Column(
                    "note", "text", "Free text of the employee; may hold personal data.", is_free_text=True
                ),
            ),
        ),
        Kind(
            "survey_responses",
            "when the answer was given",
            (
                Column("survey_id", "text", "The survey.", required=True),
                Column("question_id", "text", "The question within the survey."),
                Column("score", "decimal", "Numeric answer."),
                Column("answer", "text", "Answer in words; may hold personal data.", is_free_text=True),
                _PRODUCT,
                _CAMPAIGN,
            ),
        ),
        Kind(
            "companies",
            "the day the register describes",
            (
                Column("legal_form", "text", "Legal form, as the register writes it."),
                Column("founded_date", "date", "Date of foundation."),
                Column("nace_code", "text", "NACE Rev. 2 sector code."),
                Column("employee_count", "integer", "Number of employees."),
                Column("turnover_amount", "money", "Yearly turnover."),
                _CURRENCY,
                Column("parent_company_number", "text", "Enterprise number of the parent company."),
                Column("website", "text", "Web address of the company."),
            ),
            makes_people=False,
        ),
        Kind(
            "consents",
            "when the person acted",
            (
                Column(
                    "consent_action",
                    "text",
                    "grant, withdraw or object.",
                    required=True,
                    codes=("grant", "withdraw", "object"),
                ),
                Column(
                    "purpose",
                    "text",
                    "What the permission is for: newsletter, offers, service, profiling ...",
                    required=True,
                ),
                Column(
                    "channel",
                    "text",
                    "email, sms, phone, post, ads; empty or all for all.",
                    codes=_CHANNELS,
                ),
                Column("wording_version", "text", "Version of the text the person agreed to."),
                Column("is_confirmed", "boolean", "The person confirmed it a second time (double opt-in)."),
                Column(
                    "consent_date",
                    "timestamp",
                    "When a state was given that a customer table repeats; without it the day it was first delivered.",
                ),
            ),
            decides_permission=("consent_action", "purpose", "channel"),
        ),
        Kind(
            "suppressions",
            "when the entry was made",
            (
                Column("channel", "text", "email, sms, phone, post, ads; empty for all.", codes=_CHANNELS),
                Column("purpose", "text", "Purpose that is blocked; empty for all marketing."),
                Column("reason", "text", "Why: national_register, deceased, complaint, own_request ..."),
            ),
            makes_people=False,
            decides_permission=("channel", "purpose", "reason"),
        ),
        Kind(
            "products",
            "the day the catalogue describes",
            (
                Column("product_id", "text", "Product, in the source's own code.", required=True),
                Column("product_name", "text", "Name of the product."),
                Column("brand", "text", "Brand."),
                Column("department", "text", "Coarsest level of the catalogue."),
                Column("category", "text", "Middle level of the catalogue."),
                Column("product_type", "text", "Finest level of the catalogue above the product."),
                Column("list_price", "money", "List price."),
                _CURRENCY,
            ),
            has_contact_block=False,
            makes_people=False,
            key_required=True,
        ),
        Kind(
            "campaigns",
            "the day the plan describes",
            (
                Column("campaign_id", "text", "Campaign, in the source's own code.", required=True),
                Column("campaign_name", "text", "Name of the campaign."),
                Column("campaign_type", "text", "Type of the campaign."),
                Column("channel", "text", "email, sms, phone, post, ads.", codes=_CHANNELS),
                Column("purpose", "text", "Purpose the permission must cover."),
                Column("start_date", "date", "First day."),
                Column("end_date", "date", "Last day."),
                Column("budget_amount", "money", "Budget."),
                _CURRENCY,
            ),
            has_contact_block=False,
            makes_people=False,
            key_required=True,
        ),
        Kind(
            "exchange_rates",
            "the day of the rate",
            (
                Column("currency", "text", "ISO 4217 code.", required=True),
                Column(
                    "base_currency",
                    "text",
                    "ISO 4217 code the rate is quoted against; empty for the base currency.",
                ),
                Column(
                    "rate",
                    "decimal",
                    "Units of the currency for one unit of the base currency.",
                    required=True,
                ),
            ),
            has_contact_block=False,
            makes_people=False,
            key_required=True,
            unusable_without=("rate",),
        ),
    )
}

# Columns of facts in which people write what they like.
FREE_TEXT: tuple[str, ...] = tuple(
    sorted({column.name for kind in KINDS.values() for column in kind.columns if column.is_free_text})
)
