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

new-device-subject = आपके StudyZed खाते में नया साइन-इन
new-device-1 = किसी ने { $at } को एक ऐसे डिवाइस से आपके खाते में साइन इन किया जिसे हम नहीं पहचानते: { $device }, नेटवर्क { $network }।
new-device-2 = यदि यह आप थे, तो कुछ करने की आवश्यकता नहीं है।
new-device-3 = यदि यह आप नहीं थे, तो अभी नया पासवर्ड चुनें और अपने डिवाइसों की सूची से इस डिवाइस को साइन आउट करें।

refresh-reused-subject = हमने आपके एक डिवाइस को साइन आउट कर दिया
refresh-reused-1 = { $at } को किसी ने आपके डिवाइस { $device } की एक पुरानी कुंजी का उपयोग किया। ऐसा तब होता है जब किसी ने उसकी नक़ल कर ली हो।
refresh-reused-2 = सुरक्षा के लिए हमने इस डिवाइस को साइन आउट कर दिया है। कृपया इस पर फिर से साइन इन करें।
refresh-reused-3 = यदि आपको ऐसा कुछ दिखे जो आपने स्वयं नहीं किया, तो नया पासवर्ड चुनें।

account-blocked-subject = आपका StudyZed खाता अवरुद्ध कर दिया गया है
account-blocked-1 = StudyZed के एक व्यवस्थापक ने आपका खाता अवरुद्ध कर दिया है। जब तक यह अवरुद्ध है, आप साइन इन नहीं कर सकते।
account-blocked-2 = बताया गया कारण: { $reason }
account-blocked-3 = खाता तब तक अवरुद्ध रहेगा जब तक कोई व्यवस्थापक इसे फिर से न खोले।
account-blocked-4 = यदि आपको लगता है कि यह भूल से हुआ है, तो इस संदेश का उत्तर दें।

account-blocked-until-subject = आपका StudyZed खाता कुछ समय के लिए अवरुद्ध कर दिया गया है
account-blocked-until-1 = StudyZed के एक व्यवस्थापक ने आपका खाता अवरुद्ध कर दिया है। जब तक यह अवरुद्ध है, आप साइन इन नहीं कर सकते।
account-blocked-until-2 = बताया गया कारण: { $reason }
account-blocked-until-3 = यह रोक { $ends_at } पर अपने आप समाप्त हो जाएगी।
account-blocked-until-4 = यदि आपको लगता है कि यह भूल से हुआ है, तो इस संदेश का उत्तर दें।

account-unblocked-subject = आपका StudyZed खाता फिर से खुल गया है
account-unblocked-1 = आपके खाते पर लगी रोक समाप्त हो गई है।
account-unblocked-2 = अब आप पहले की तरह साइन इन कर सकते हैं।

role-changed-subject = StudyZed पर आपकी भूमिका बदल गई है
role-changed-1 = { $role ->
    [tutor] एक व्यवस्थापक ने आपको StudyZed पर शिक्षक बनाया है।
    [admin] एक व्यवस्थापक ने आपको StudyZed का व्यवस्थापक बनाया है।
   *[student] एक व्यवस्थापक ने आपको StudyZed पर विद्यार्थी बनाया है।
}
role-changed-2 = इसके लिए आपको सभी उपकरणों पर साइन आउट कर दिया गया है: आगे बढ़ने के लिए फिर से साइन इन करें।
role-changed-3 = यदि आपको इसकी अपेक्षा नहीं थी, तो इस संदेश का उत्तर दें।
