# Mails of user_service in English. Fluent: https://projectfluent.org
# Each mail has a subject and numbered paragraphs; its variables are listed in templates.py.

signature = The StudyZed team

sign-up-code-subject = { $code } is your StudyZed code
sign-up-code-1 = Welcome to StudyZed.
sign-up-code-2 = { $minutes ->
    [one] Your code is { $code }. It is good for one minute.
   *[other] Your code is { $code }. It is good for { $minutes } minutes.
}
sign-up-code-3 = If you did not ask for it, ignore this message: nothing happens without the code.

already-registered-subject = You already have a StudyZed account
already-registered-1 = Somebody, perhaps you, wanted to sign up with this address.
already-registered-2 = There is an account with it already: sign in, or ask for a new password.
already-registered-3 = If it was not you, there is nothing to do.
