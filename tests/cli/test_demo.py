from connsim.cli.demo import run_demo


def test_runs_and_ends() -> None:
    """The demo connects, gets stuck, gives up after exactly 24 hours, and issues by VCX, over real sockets."""
    lines: list[str] = []

    run_demo(lines.append)

    output = "\n".join(lines)
    assert "=> The invitee is in ConnectionResponseReceived, the inviter in ConnectionResponseSent." in output
    assert "gave up after an hour in ConnectionRequestSent; the inviter shows ConnectionResponseSent." in output
    assert "After 1441 polls the client gave up in InvitationGenerated, exactly 24 hours after" in output
    assert "=> The holder accepts after 90 seconds: after 2 polls the issuer ended in Accepted." in output
    assert "=> The holder refuses after 90 seconds: after 289 polls the issuer gave up in OfferSent." in output
    assert "=> The holder redirects after 90 seconds: after 2 polls the issuer ended in Redirected." in output
    assert "InvitationGenerated, 1441 times until +1d 00:00:00.000" in output
