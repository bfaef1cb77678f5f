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
