"""A made-up ledger of any size: random but lawful cases over some years, every column in use."""

from __future__ import annotations

import csv
import random
from datetime import date, timedelta
from pathlib import Path

from models.vocabulary import ApplicantKind, Channel, Outcome
from workflow import statute
from workflow.calendar import national_calendar
from workflow.ledger import LEDGER

COLUMNS = (*LEDGER.required, *LEDGER.optional)


def rows(count: int, first: date, last: date, seed: int) -> list[dict[str, str]]:
    chance = random.Random(seed)  # made-up cases, no secret
    calendar = national_calendar()
    days = (last - first).days
    made = []
    received_days = sorted(first + timedelta(days=chance.randrange(days)) for _ in range(count))
    serial: dict[int, int] = {}
    for received in received_days:
        serial[received.year] = serial.get(received.year, 0) + 1
        row = dict.fromkeys(COLUMNS, "")
        row["登记编号"] = f"{received.year}-{serial[received.year]:05d}"
        row["申请人类别"] = chance.choice(ApplicantKind.labels())
        row["申请人"] = f"申请人{len(made)}"
        row["证件号码"] = f"11010119{chance.randrange(10**10):010d}"
        row["联系电话"] = f"138{chance.randrange(10**8):08d}"
        row["电子邮箱"] = f"a{len(made)}@example.org"
        row["通信地址"] = f"某市某区某街道{chance.randrange(999)}号"
        row["申请渠道"] = chance.choice(Channel.labels())
        row["提交日期"] = row["收到日期"] = received.isoformat()
        row["申请内容"] = f"关于第{len(made)}号地块的征收补偿方案及其审批文件"
        start = received
        if chance.random() < 0.15:
            asked = calendar.nth(received, chance.randint(1, 7))
            row["补正告知日期"], row["补正期限"] = asked.isoformat(), calendar.nth(asked, 10).isoformat()
            start = calendar.nth(asked, chance.randint(1, 10))
            row["补正收到日期"] = start.isoformat()
        if chance.random() < 0.15:
            sent = calendar.nth(start, chance.randint(1, 8))
            start = calendar.nth(sent, chance.randint(1, 15))
            row["征求意见发出日期"], row["征求意见结束日期"] = sent.isoformat(), start.isoformat()
        if chance.random() < 0.1:
            row["延期告知日期"] = calendar.nth(start, 2).isoformat()
            row["延期工作日"] = str(chance.randint(1, 20))
        if chance.random() < 0.05:
            notified = calendar.nth(start, 3)
            start = calendar.nth(notified, chance.randint(1, 20))
            row["收费通知日期"], row["缴费日期"] = notified.isoformat(), start.isoformat()
            row["收费金额"] = row["实收金额"] = str(chance.randrange(10, 400) * 10)
        replied = calendar.nth(start, chance.randint(4, 30))
        if replied <= last and chance.random() > 0.02:
            row["办理结果"] = statute.ledger_label(chance.choice(list(Outcome)))
            row["答复日期"] = replied.isoformat()
            row["答复文号"] = f"某公开答〔{replied.year}〕{len(made)}号"
        else:
            # Open: keep only what is sure to have happened by the end.
            for column in COLUMNS:
                if column.startswith(("补正", "征求", "延期", "收费", "缴费", "实收")):
                    row[column] = ""
        made.append(row)
    return made


def write(path: Path, count: int, first: date, last: date, seed: int = 1) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(rows(count, first, last, seed))
