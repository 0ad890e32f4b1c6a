from connsim.cli.demo import run_demo


def test_tells_its_stories_and_ends() -> None:
    """The demo connects, gets stuck, gives up after exactly 24 hours, and issues by VCX, over real sockets."""
    lines: list[str] = []

    run_demo(lines.append)

    told = "\n".join(lines)
    assert "=> The invitee is in ConnectionResponseReceived, the inviter in ConnectionResponseSent." in told
    assert "gave up after an hour in ConnectionRequestSent; the inviter shows ConnectionResponseSent." in told
    assert "After 1441 polls the client gave up in InvitationGenerated, exactly 24 hours after" in told
    assert "=> The holder accepts after 90 seconds: after 2 polls the issuer ended in Accepted." in told
    assert "=> The holder refuses after 90 seconds: after 289 polls the issuer gave up in OfferSent." in told
    assert "=> The holder redirects after 90 seconds: after 2 polls the issuer ended in Redirected." in told
    assert "InvitationGenerated, 1441 times until +1d 00:00:00.000" in told
