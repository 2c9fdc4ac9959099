"""The annual report (政府信息公开工作年度报告): editions as data, roll-up, checks, writers."""
