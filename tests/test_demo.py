from simulator.demo import run_demo


def test_tells_three_stories_and_ends() -> None:
    """The demo connects, gets stuck, and gives up after exactly 24 hours, over real sockets."""
    lines: list[str] = []

    run_demo(lines.append)

    told = "\n".join(lines)
    assert "=> The invitee is in ConnectionResponseReceived, the inviter in ConnectionResponseSent." in told
    assert "gave up after an hour in ConnectionRequestSent; the inviter believes in ConnectionResponseSent." in told
    assert "After 1441 polls the client gave up in InvitationGenerated, exactly 24 hours after" in told
    assert "InvitationGenerated, 1441 times until +1d 00:00:00.000" in told
