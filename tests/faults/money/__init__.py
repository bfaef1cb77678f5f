"""Money under fire: checkouts, webhooks, refunds, renewals and wallets while payment_service is
killed (P-A4, P-A5, P-A6, P-A9).
"""
