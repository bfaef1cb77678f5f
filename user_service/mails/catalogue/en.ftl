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

password-reset-code-subject = { $code } is your code for a new StudyZed password
password-reset-code-1 = { $minutes ->
    [one] Enter { $code } to choose a new password. The code is good for one minute.
   *[other] Enter { $code } to choose a new password. The code is good for { $minutes } minutes.
}
password-reset-code-2 = If you did not ask for it, ignore this message: your password stays as it is. Tell the code to nobody.

already-registered-subject = You already have a StudyZed account
already-registered-1 = Somebody, perhaps you, wanted to sign up with this address.
already-registered-2 = There is an account with it already: sign in, or ask for a new password.
already-registered-3 = If it was not you, there is nothing to do.

invited-subject = { $inviter } invites you to StudyZed
invited-1 = { $inviter } invites you to learn with StudyZed.
invited-2 = Your invitation code is { $token }
invited-3 = { $days ->
    [one] It is good for one day. Enter it where you sign up: your address is then confirmed already.
   *[other] It is good for { $days } days. Enter it where you sign up: your address is then confirmed already.
}
invited-4 = If you do not know { $inviter }, ignore this message: nothing happens without the code.

invited-again-subject = { $inviter } invites you to StudyZed
invited-again-1 = { $inviter } invites you to learn with StudyZed.
invited-again-2 = You have an account with this address already: just sign in.

password-changed-subject = Your StudyZed password was changed
password-changed-1 = Your password was changed on { $at }. Your other devices are signed out.
password-changed-2 = If it was not you, choose a new password at once: ask for a code on the sign-in page, and then look at the list of your devices.

email-change-old-code-subject = { $code } confirms your new StudyZed address
email-change-old-code-1 = You want to move your account to the address { $email }. To allow it, enter { $code } as the code of the old address.
email-change-old-code-2 = { $minutes ->
    [one] The code is good for one minute. The new address gets a code of its own.
   *[other] The code is good for { $minutes } minutes. The new address gets a code of its own.
}
email-change-old-code-3 = If it was not you, somebody is signed in to your account: choose a new password now, and tell the code to nobody.

email-change-new-code-subject = { $code } confirms this address for StudyZed
email-change-new-code-1 = { $minutes ->
    [one] Enter { $code } as the code of the new address. It is good for one minute.
   *[other] Enter { $code } as the code of the new address. It is good for { $minutes } minutes.
}
email-change-new-code-2 = If you did not ask for it, ignore this message: nothing happens without the code.

email-in-use-subject = Your address was to be used for another StudyZed account
email-in-use-1 = Somebody, perhaps you, wanted to move another account to this address. It belongs to your account already, so nothing was changed.
email-in-use-2 = If it was not you, there is nothing to do.

email-changed-subject = Your StudyZed address was changed
email-changed-1 = The address of your account was changed on { $at }. From now on our mails go to the new one.
email-changed-2 = If it was not you, tell the StudyZed team at once.

new-device-subject = New sign-in to your StudyZed account
new-device-1 = Somebody signed in to your account from a device that we do not know: { $device }, network { $network }, on { $at }.
new-device-2 = If it was you, there is nothing to do.
new-device-3 = If it was not you, choose a new password now, and sign this device out in the list of your devices.

refresh-reused-subject = We signed one of your devices out
refresh-reused-1 = On { $at } somebody used an old key of your device { $device }. That happens when a copy of it was taken.
refresh-reused-2 = To be safe we signed this device out. Please sign in on it again.
refresh-reused-3 = If you notice anything that you did not do yourself, choose a new password.

account-blocked-subject = Your StudyZed account has been blocked
account-blocked-1 = An administrator of StudyZed has blocked your account. You cannot sign in while it is blocked.
account-blocked-2 = The reason given: { $reason }
account-blocked-3 = The block stays until an administrator lifts it.
account-blocked-4 = If you think that this is a mistake, answer this message.

account-blocked-until-subject = Your StudyZed account has been blocked for some time
account-blocked-until-1 = An administrator of StudyZed has blocked your account. You cannot sign in while it is blocked.
account-blocked-until-2 = The reason given: { $reason }
account-blocked-until-3 = The block ends by itself on { $ends_at }.
account-blocked-until-4 = If you think that this is a mistake, answer this message.

account-unblocked-subject = Your StudyZed account is open again
account-unblocked-1 = The block of your account has ended.
account-unblocked-2 = You can sign in as before.

role-changed-subject = You have a new role on StudyZed
role-changed-1 = { $role ->
    [tutor] An administrator has made you a tutor on StudyZed.
    [admin] An administrator has made you an administrator of StudyZed.
   *[student] An administrator has made you a student on StudyZed.
}
role-changed-2 = For this you have been signed out on all devices: sign in again to go on.
role-changed-3 = If you did not expect this, answer this message.

export-ready-subject = Your StudyZed data is ready
export-ready-1 = The file with your data from all parts of StudyZed can be downloaded now. Sign in and open your exports.
export-ready-2 = It is kept until { $until } and deleted then.

export-failed-subject = Your StudyZed data could not be collected
export-failed-1 = The file with your data that you asked for could not be made. Nothing of it was kept.
export-failed-2 = Please ask for it again. If it fails once more, write to us.

erasure-scheduled-subject = Your StudyZed account will be deleted
erasure-scheduled-1 = As you asked, your account and your data will be deleted on { $due }. You have been signed out everywhere.
erasure-scheduled-2 = If you change your mind before then, sign in and keep your account.
erasure-scheduled-3 = If it was not you, sign in at once, keep your account and change your password.

erasure-soon-subject = Your StudyZed account will be deleted in three days
erasure-soon-1 = Your account and your data will be deleted on { $due }. Nobody can bring them back after that.
erasure-soon-2 = If you want to stay, sign in before then and keep your account.

erasure-undone-subject = Your StudyZed account stays
erasure-undone-1 = Your account will not be deleted. Everything is as it was.
erasure-undone-2 = If it was not you, change your password at once.

erased-subject = Your StudyZed account has been deleted
erased-1 = Your account is deleted, and all services are removing your data. This is our last message; we do not keep this address.
erased-2 = Payments and marks stay in our books without your name, as the law requires.

google-linked-subject = You can sign in to StudyZed with Google now
google-linked-1 = Your StudyZed account was linked with a Google account on { $at }.
google-linked-2 = If this was not you, choose a new StudyZed password at once and look after your Google account.

factor-added-subject = { $kind ->
    [totp] An authenticator app was added to your StudyZed account
   *[passkey] A passkey was added to your StudyZed account
}
factor-added-1 = { $kind ->
    [totp] On { $at } an authenticator app was added to your account as a second factor.
   *[passkey] On { $at } a passkey was added to your account as a second factor.
}
factor-added-2 = From now on signing in takes it, too. Keep your recovery codes in a safe place: they help when it is lost.
factor-added-3 = If it was not you, remove it now and change your password. If you cannot get in any more, write to us.

factor-removed-subject = { $kind ->
    [totp] The authenticator app was removed from your StudyZed account
   *[passkey] A passkey was removed from your StudyZed account
}
factor-removed-1 = { $kind ->
    [totp] On { $at } the authenticator app was removed from your account.
   *[passkey] On { $at } a passkey was removed from your account.
}
factor-removed-2 = All other devices were signed out.
factor-removed-3 = If it was not you, change your password now, and write to us.

factor-guessed-subject = Somebody tried to sign in to your StudyZed account
factor-guessed-1 = On { $at } somebody gave your password, or signed in to Google as you, and then a wrong second factor: from the device { $device }, network { $network }. They did not get in.
factor-guessed-2 = If it was you, just try again.
factor-guessed-3 = If it was not you, choose a new password now, and look after your Google account if it is linked. Tell codes to nobody.

factors-reset-subject = Your second factors on StudyZed were reset
factors-reset-1 = On { $at } an administrator of StudyZed removed all second factors and recovery codes from your account.
factors-reset-2 = All devices were signed out. Sign in with your password, and add a new second factor.
factors-reset-3 = If you did not ask us for it, change your password now, and write to us.

recovery-code-used-subject = A recovery code of your StudyZed account was used
recovery-code-used-1 = On { $at } one of your recovery codes was used.
recovery-code-used-2 = { $count ->
    [0] There are none left: make new ones while you are signed in.
    [one] There is one left: make new ones soon.
   *[other] There are { $count } left.
}
recovery-code-used-3 = If it was not you, somebody knows your password and your codes: change the password and make new codes now.

recovery-codes-renewed-subject = You have new recovery codes on StudyZed
recovery-codes-renewed-1 = On { $at } new recovery codes were made for your account.
recovery-codes-renewed-2 = The old ones are no longer good.
recovery-codes-renewed-3 = If it was not you, change your password now, and write to us.

token-made-subject = A personal access token was made for your StudyZed account
token-made-1 = On { $at } a personal access token with the name "{ $name }" was made for your account.
token-made-2 = Whoever has it can do what you allowed it to, without your password and second factor.
token-made-3 = If it was not you, revoke it now and change your password.
