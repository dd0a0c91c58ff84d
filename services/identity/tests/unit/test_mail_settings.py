"""Settings of the mail server as the process meets them: a wrong one ends the start with a sentence, and no word of it is a password."""

import os
import subprocess
import sys

import pytest

SECRET = "s3cret"


def run(command: str, **settings: str) -> subprocess.CompletedProcess[str]:
    call = [sys.executable, "-m", "myschool_identity", command]
    return subprocess.run(call, env=os.environ | settings, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize("command", ["serve", "check-config"])
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MYSCHOOL_SMTP_URL", f"smtp://user:{SECRET}@mail..region.ru"),
        ("MYSCHOOL_SMTP_URL", f"http://user:{SECRET}@mail.region.ru"),
        ("MYSCHOOL_SMTP_URL", f"smtp://{SECRET}@mail.region.ru"),
        ("MYSCHOOL_MAIL_FROM", "Моя школа"),
        ("MYSCHOOL_MAIL_FROM", "Моя школа <noreply@region.ru>\nBcc: other@region.ru"),
    ],
    ids=["no such host", "no mail server", "user without password", "no address", "a second header"],
)
def test_mail_setting_when_wrong_then_one_sentence_names_it_and_nothing_starts(command: str, name: str, value: str) -> None:
    done = run(command, **{name: value})
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"{name} is wrong: ")
    assert done.stderr.count("\n") == 1
    assert "write it like" in done.stderr
    assert SECRET not in done.stderr
    assert "other@" not in done.stderr


def test_mail_settings_when_printed_then_the_password_is_hidden() -> None:
    done = run(
        "check-config", MYSCHOOL_SMTP_URL=f"smtps://user:{SECRET}@mail.region.ru", MYSCHOOL_MAIL_FROM="Моя школа <noreply@region.ru>"
    )
    assert done.returncode == 0
    assert "smtp_url = **********" in done.stdout
    assert "mail_from = Моя школа <noreply@region.ru>" in done.stdout
    assert SECRET not in done.stdout + done.stderr
