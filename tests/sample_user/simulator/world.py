"""The shop's own world; the file is called as one of connsim's folders is."""

CUSTOMERS = ("Ada", "Grace")
