# user_service की डाक हिन्दी में। Fluent: https://projectfluent.org

signature = StudyZed टीम

sign-up-code-subject = { $code } आपका StudyZed कोड है
sign-up-code-1 = StudyZed में आपका स्वागत है।
sign-up-code-2 = { $minutes ->
    [one] आपका कोड { $code } है। यह { $minutes } मिनट तक मान्य है।
   *[other] आपका कोड { $code } है। यह { $minutes } मिनट तक मान्य है।
}
sign-up-code-3 = यदि आपने यह कोड नहीं माँगा, तो इस संदेश को अनदेखा करें: कोड के बिना कुछ नहीं होता।

already-registered-subject = आपका StudyZed खाता पहले से मौजूद है
already-registered-1 = किसी ने, शायद आपने, इस पते से पंजीकरण करना चाहा।
already-registered-2 = इस पते से एक खाता पहले से है: साइन इन करें, या नया पासवर्ड माँगें।
already-registered-3 = यदि यह आप नहीं थे, तो कुछ करने की आवश्यकता नहीं है।

invited-subject = { $inviter } आपको StudyZed पर आमंत्रित करते हैं
invited-1 = { $inviter } आपको StudyZed के साथ सीखने के लिए आमंत्रित करते हैं।
invited-2 = आपका आमंत्रण कोड है { $token }
invited-3 = { $days ->
    [one] यह { $days } दिन तक मान्य है। पंजीकरण करते समय इसे दर्ज करें: तब आपका पता पहले से पुष्ट होगा।
   *[other] यह { $days } दिन तक मान्य है। पंजीकरण करते समय इसे दर्ज करें: तब आपका पता पहले से पुष्ट होगा।
}
invited-4 = यदि आप { $inviter } को नहीं जानते, तो इस संदेश को अनदेखा करें: कोड के बिना कुछ नहीं होता।

invited-again-subject = { $inviter } आपको StudyZed पर आमंत्रित करते हैं
invited-again-1 = { $inviter } आपको StudyZed के साथ सीखने के लिए आमंत्रित करते हैं।
invited-again-2 = इस पते से आपका खाता पहले से है: बस साइन इन करें।
