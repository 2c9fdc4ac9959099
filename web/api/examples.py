"""What is sent and answered, by example: of each shape that is a whole body. People and cases are made up."""

from __future__ import annotations

from typing import Any

_RECEIPT = {
    "day": "2026-03-02",
    "article": "条例第三十一条",
    "reasons": ["当面提交，以提交之日（2026-03-02）为收到申请之日"],
    "open_points": [],
    "starts_by_itself": None,
    "confirm_by": None,
    "warnings": [],
}
_REPLY = {
    "kind": "reply",
    "label": "答复期限",
    "round": 1,
    "state": "open",
    "due": "2026-03-30",
    "done": None,
    "article": "条例第三十三条",
}
_EXPLANATION = ["2026-03-02 收到申请，自次日起 20 个工作日，至 2026-03-30（条例第三十三条）"]
_LINE = {
    "id": 4711,
    "number": "2026-0001",
    "agency": "ceshi",
    "applicant": "王＊＊",
    "applicant_kind": "natural_person",
    "subject": "2025 年度城市道路养护资金的安排和使用情况",
    "state": "received",
    "state_label": "办理中",
    "received": "2026-03-02",
    "reply_due": "2026-03-30",
    "working_days_left": 12,
    "provisional": False,
    "overdue": False,
    "is_open": True,
    "closed": None,
    "outcome": None,
    "officer": None,
    "open_point": None,
}
_RECKONED = {
    "clock": "running",
    "reply_due": "2026-03-30",
    "working_days_left": 12,
    "provisional": False,
    "deadlines": [{"kind": "reply", "due": "2026-03-30", "article": "条例第三十三条"}],
}
_NEXT = "MDEyMzQ1Njc4OWFiMjAyNi0wMy0wMl80NzEx"
_ISSUE = {"version": 1, "sealed_at": "2026-01-20T08:00:00+00:00", "hash": "9f" * 32}
_ROW = [12, 3, 0, 0, 1, 0, 16]
_NONE = [0, 0, 0, 0, 0]

PROBLEM: dict[str, Any] = {
    "type": "urn:yishen:problem:invalid",
    "title": "内容不符合要求",
    "status": 422,
    "detail": "#/submitted_on：不是日期，应如 2026-11-23",
    "errors": [{"detail": "不是日期，应如 2026-11-23", "pointer": "#/submitted_on"}],
}

EXAMPLES: dict[str, Any] = {
    "NewRequest": {
        "applicant_kind": "natural_person",
        "subject": "2025 年度城市道路养护资金的安排和使用情况",
        "channel": "in_person",
        "applicant": {"name": "王小明", "identity_number": "11010519491231002X", "telephone": "13912345678"},
        "submitted_on": "2026-03-02",
        "form": "电子邮件，电子文件",
    },
    "Registered": {
        "id": 4711,
        "number": "2026-0001",
        "agency": "ceshi",
        "state": "received",
        "state_label": "办理中",
        "version": 1,
        "received": "2026-03-02",
        "receipt": _RECEIPT,
        "reply_due": "2026-03-30",
        "provisional": False,
        "deadlines": [_REPLY],
        "explanation": _EXPLANATION,
        "split_into": [],
    },
    "CasePage": {"cases": [_LINE], "next": _NEXT},
    "Case": {
        "id": 4711,
        "number": "2026-0001",
        "agency": "ceshi",
        "version": 1,
        "matter": "disclosure",
        "applicant": "王＊＊",
        "applicant_kind": "natural_person",
        "applicant_kind_label": "自然人",
        "subject": "2025 年度城市道路养护资金的安排和使用情况",
        "state": "received",
        "state_label": "办理中",
        "received": "2026-03-02",
        "receipt": _RECEIPT,
        "closed": None,
        "outcome": None,
        "is_open": True,
        "reopened": [],
        "open_points": [],
        "cells": [{"year": 2026, "cell": "applications/new", "column": "自然人", "label": "表三“本年新收”自然人"}],
        "clock": "running",
        "reply_due": "2026-03-30",
        "working_days_left": 12,
        "provisional": False,
        "explanation": _EXPLANATION,
        "deadlines": [_REPLY],
        "next_steps": [{"event": "extend", "label": "延期", "article": "条例第三十三条", "last_day": "2026-03-30"}],
    },
    "Person": {
        "number": "2026-0001",
        "name": "王小明",
        "identity_number": "11010519491231002X",
        "telephone": "13912345678",
        "email": None,
        "address": None,
        "representative": None,
    },
    "Log": {
        "number": "2026-0001",
        "version": 1,
        "events": [
            {
                "seq": 1,
                "event": "register",
                "label": "登记",
                "place": None,
                "happened_on": "2026-03-02",
                "recorded_at": "2026-03-02T10:12:00+08:00",
                "actor": "api:市政府门户网站",
                "article": "条例第二十九条、第三十一条",
                "told": [{"label": "申请渠道", "value": "当面"}],
                "irregular": False,
                "voided": False,
            }
        ],
    },
    "Steps": {
        "number": "2026-0001",
        "version": 1,
        "on": "2026-03-05",
        "steps": [
            {
                "event": "extend",
                "label": "延期",
                "article": "条例第三十三条",
                "allowed": True,
                "override": False,
                "reason": None,
                "last_day": "2026-03-30",
                "scope": False,
                "facts": [
                    {"name": "working_days", "label": "延期工作日", "type": "days", "required": True, "values": None}
                ],
            }
        ],
    },
    "NewStep": {"on": "2026-03-05", "facts": {"officer": "张三"}, "version": 1},
    "Recorded": {
        "id": 4711,
        "number": "2026-0001",
        "version": 2,
        "event": "assign",
        "label": "分派",
        "on": "2026-03-05",
        "state": "received",
        "state_label": "办理中",
        "reply_due": "2026-03-30",
        "deadlines": [_REPLY],
        "warnings": [],
    },
    "WhatIf": {
        "event": "assign",
        "label": "分派",
        "on": "2026-03-05",
        "allowed": True,
        "reason": None,
        "article": "条例第四条",
        "state": "received",
        "before": _RECKONED,
        "after": _RECKONED,
        "explanation": _EXPLANATION,
        "lacking": None,
    },
    "CalendarYear": {
        "year": 2026,
        "provisional": False,
        "revision": 1,
        "working_days": 248,
        "days": [{"date": "2026-01-01", "name": "元旦", "isOffDay": True, "source": "国办通知", "own": False}],
    },
    "DeadlineFacts": {
        "received": "2026-03-02",
        "consultations": [{"sent": "2026-03-10", "delivered": "2026-03-11", "ended": "2026-03-24"}],
        "extension": {"told": "2026-03-26", "working_days": 10},
        "as_of": "2026-03-26",
    },
    "DeadlineAnswer": {
        "clock_start": "2026-03-02",
        "reply_due": "2026-04-28",
        "working_days_used": 8,
        "working_days_left": 22,
        "state": "running",
        "provisional": False,
        "deadlines": [{"kind": "reply", "due": "2026-04-28", "article": "条例第三十三条"}],
        "explanation": _EXPLANATION,
    },
    "Reports": {
        "agency": "ceshi",
        "reports": [
            {
                "year": 2025,
                "drafted": True,
                "issue": _ISSUE,
                "published_on": "2026-01-25",
                "place": "https://www.example.gov.cn/report-2025",
            }
        ],
    },
    "Report": {
        "agency": "测试市数据局",
        "year": 2025,
        "edition": "2021",
        "issue": _ISSUE,
        "applications": {
            "new": _ROW,
            "carried_in": [0] * 7,
            "results": {"granted": _ROW, "total": _ROW},
            "carried_out": [0] * 7,
        },
        "reviews": {"reconsideration": _NONE, "litigation_direct": _NONE, "litigation_after_reconsideration": _NONE},
        "proactive": {"licences": 40},
        "fees": {"notices": 0, "billed_yuan": "0", "received_yuan": "0"},
    },
    "CellCases": {
        "year": 2025,
        "cell": "applications/new",
        "column": "自然人",
        "label": "表三“本年新收政府信息公开申请数量”自然人一列",
        "figure": 12,
        "issue": _ISSUE,
        "cases": [
            {
                "number": "2025-0001",
                "applicant_kind": "natural_person",
                "state": "disclosed",
                "received_on": "2025-03-03",
                "closed_on": "2025-03-20",
                "outcome": "granted",
                "subject": "2024 年度城市道路养护资金的安排和使用情况",
            }
        ],
        "next": _NEXT,
    },
    "Findings": {
        "agency": "ceshi",
        "year": 2025,
        "issue": None,
        "ok": False,
        "findings": [
            {
                "rule": "K4",
                "level": "error",
                "where": "applications/自然人",
                "message": "上年结转与上一年度的结转下年度不等",
                "expected": 3,
                "found": 2,
                "cases": ["2024-0107"],
            }
        ],
    },
    "Agencies": {
        "agencies": [
            {"code": "ceshi", "name": "测试市数据局", "parent": None},
            {"code": "xia", "name": "下属单位", "parent": "ceshi"},
        ]
    },
    "Me": {
        "name": "市政府门户网站",
        "agency": "ceshi",
        "agency_name": "测试市数据局",
        "scopes": ["requests:write", "cases:read"],
        "below": False,
        "expires_on": "2027-12-31",
    },
}
