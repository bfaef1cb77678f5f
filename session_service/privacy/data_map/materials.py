"""What is held of material."""

from libs.data_map import DataMap, Fate, Held, Rule, words
from session_service.privacy.data_map.phrases import COURSE, TAUGHT

STORES: DataMap = (
    Held(
        store="material_views",
        purpose="Which students have opened which material.",
        retention="As long as the class.",
        other=words("id material_id account_id opened_at downloaded_at"),
        rules=(
            Rule(
                "material_views",
                "account_id = :person",
                words("id material_id opened_at downloaded_at"),
            ),
        ),
    ),
    Held(
        store="material_versions",
        purpose="Uploaded files of material; their bytes are in the object store.",
        retention="As long as the material; refused uploads for a week.",
        personal=words("file_name"),
        other=words(
            "id material_id study_session_id number state content_type size sha256 refusal "
            "uploaded_by asked_at completed_at swept_at"
        ),
        rules=(
            Rule(
                "material_versions",
                f"({TAUGHT} OR uploaded_by = :person) AND state = 'ready'",
                words("id material_id number file_name content_type size sha256 asked_at"),
                Fate.KEPT,
            ),
        ),
        kept={"file_name": COURSE},
    ),
    Held(
        store="materials",
        purpose="Files, links and notes of a class.",
        retention="As long as the class; of what was deleted its title.",
        personal=words("title description link text"),
        other=words(
            "id study_session_id folder_id lesson_id kind state newest_number published_number "
            "publish_at notify published_at created_by created_at deleted_at revision"
        ),
        rules=(
            Rule(
                "materials",
                f"({TAUGHT} OR created_by = :person) AND state <> 'deleted'",
                words(
                    "id study_session_id folder_id lesson_id kind title description link text "
                    "state published_at created_at"
                ),
                Fate.KEPT,
            ),
        ),
        kept=dict.fromkeys(("title", "description", "link", "text"), COURSE),
    ),
    Held(
        store="folders",
        purpose="Folders of a class's material.",
        retention="As long as the class.",
        personal=words("name"),
        other=words("id study_session_id parent_id position created_at"),
        rules=(
            Rule(
                "folders", TAUGHT, words("id study_session_id parent_id position name"), Fate.KEPT
            ),
        ),
        kept={"name": COURSE},
    ),
)
