"""The shop's own world; the file has the name of one of connsim's folders."""

CUSTOMERS = ("Ada", "Grace")
