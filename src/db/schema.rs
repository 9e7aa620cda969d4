//! The tables our typed queries use; the migrations under `sql/` are the whole schema.

use super::types::sql::{Day, Document, Moment};
use diesel::sql_types::*;

diesel::table! {
    use super::{BigInt, Day, Nullable, Text};
    unit (id) {
        id -> BigInt,
        code -> Text,
        name -> Text,
        short_name -> Text,
        kind -> Text,
        parent_id -> Nullable<BigInt>,
        level -> BigInt,
        uscc -> Nullable<Text>,
        division_code -> Nullable<Text>,
        oa_mode -> Text,
        status -> Text,
        opened_on -> Day,
        closed_on -> Nullable<Day>,
        sort_no -> BigInt,
        successor_id -> Nullable<BigInt>,
    }
}
diesel::table! {
    use super::{BigInt, Day, Moment, Nullable, Text};
    unit_change (id) {
        id -> BigInt,
        unit_id -> BigInt,
        kind -> Text,
        effective_on -> Day,
        old_value -> Nullable<Text>,
        new_value -> Nullable<Text>,
        basis_doc_no -> Nullable<Text>,
        done_by -> Nullable<BigInt>,
        done_at -> Nullable<Moment>,
    }
}
diesel::table! {
    use super::{BigInt, Bool, Day, Moment, Nullable, Text};
    oa_user (id) {
        id -> BigInt,
        login_name -> Text,
        real_name -> Text,
        staff_no -> Nullable<Text>,
        unit_id -> Nullable<BigInt>,
        account_type -> Text,
        status -> Text,
        is_builtin -> Bool,
        is_info_officer -> Bool,
        joined_on -> Nullable<Day>,
        left_on -> Nullable<Day>,
        valid_until -> Nullable<Day>,
        last_login_at -> Nullable<Moment>,
        pwd_hash -> Nullable<Text>,
        pwd_algo -> Nullable<Text>,
        pwd_changed_at -> Nullable<Moment>,
        must_change_pwd -> Bool,
        mfa_enabled -> Bool,
        phone -> Nullable<Text>,
        email -> Nullable<Text>,
        disabled_at -> Nullable<Moment>,
        disabled_reason -> Nullable<Text>,
        created_at -> Moment,
        created_by -> Nullable<BigInt>,
        left_reason -> Nullable<Text>,
        failed_logins -> BigInt,
        locked_until -> Nullable<Moment>,
        enabled_at -> Nullable<Moment>,
    }
}
diesel::table! {
    use super::{BigInt, Bool, Day, Moment, Nullable, Text};
    user_transfer (id) {
        id -> BigInt,
        user_id -> BigInt,
        kind -> Text,
        from_unit_id -> Nullable<BigInt>,
        to_unit_id -> Nullable<BigInt>,
        effective_on -> Day,
        basis_doc_no -> Nullable<Text>,
        handover_to_id -> Nullable<BigInt>,
        handover_done_at -> Nullable<Moment>,
        papers_returned_at -> Nullable<Moment>,
        processed_at -> Nullable<Moment>,
        processed_by -> Nullable<BigInt>,
        post_name -> Nullable<Text>,
        until_on -> Nullable<Day>,
        keep_roles -> Bool,
        cancelled_at -> Nullable<Moment>,
    }
}
diesel::table! {
    use super::{BigInt, Bool, Text};
    role (id) {
        id -> BigInt,
        code -> Text,
        name -> Text,
        admin_kind -> Text,
        privileged -> Bool,
    }
}
diesel::table! {
    use super::{BigInt, Nullable, Text};
    role_exclusion (role_a, role_b) {
        role_a -> BigInt,
        role_b -> BigInt,
        reason -> Nullable<Text>,
    }
}
diesel::table! {
    use super::{BigInt, Text};
    role_permission (role_id, perm) {
        role_id -> BigInt,
        perm -> Text,
    }
}
diesel::table! {
    use super::{BigInt, Day, Moment, Nullable, Text};
    user_role (id) {
        id -> BigInt,
        user_id -> BigInt,
        role_id -> BigInt,
        granted_by -> BigInt,
        granted_at -> Moment,
        approved_by -> Nullable<BigInt>,
        approved_at -> Nullable<Moment>,
        expires_on -> Nullable<Day>,
        revoked_at -> Nullable<Moment>,
        revoked_by -> Nullable<BigInt>,
        reason -> Nullable<Text>,
        revoked_reason -> Nullable<Text>,
    }
}
diesel::table! {
    use super::{BigInt, Day, Moment, Nullable, Text};
    role_request (id) {
        id -> BigInt,
        user_id -> BigInt,
        role_id -> BigInt,
        requested_by -> BigInt,
        requested_at -> Moment,
        expires_on -> Nullable<Day>,
        reason -> Nullable<Text>,
        status -> Text,
        decided_by -> Nullable<BigInt>,
        decided_at -> Nullable<Moment>,
        decision_reason -> Nullable<Text>,
    }
}
diesel::table! {
    use super::{BigInt, Document, Moment, Nullable, Text};
    license_source (id) {
        id -> BigInt,
        title -> Nullable<Text>,
        file_name -> Text,
        sha256 -> Text,
        bytes -> Nullable<BigInt>,
        encoding -> Nullable<Text>,
        delimiter -> Nullable<Text>,
        sheet -> Nullable<Text>,
        header_line -> Nullable<BigInt>,
        header -> Nullable<Document>,
        imported_at -> Moment,
    }
}
diesel::table! {
    use super::{BigInt, Day, Moment, Nullable, Text};
    license_batch (id) {
        id -> BigInt,
        source_id -> Nullable<BigInt>,
        kind -> Text,
        mode -> Text,
        scope -> Nullable<Text>,
        effective_on -> Day,
        started_at -> Moment,
        finished_at -> Nullable<Moment>,
        rows_read -> BigInt,
        added -> BigInt,
        changed -> BigInt,
        unchanged -> BigInt,
        withdrawn -> BigInt,
        rejected -> BigInt,
        skipped -> BigInt,
        warned -> BigInt,
        status -> Text,
        note -> Nullable<Text>,
    }
}
diesel::table! {
    use super::{BigInt, Nullable, Text};
    license_organ (id) {
        id -> BigInt,
        name -> Text,
        name_key -> Text,
        unit_id -> Nullable<BigInt>,
    }
}
diesel::table! {
    use super::{BigInt, Nullable, Text};
    license_item (id) {
        id -> BigInt,
        scheme -> Text,
        code -> Nullable<Text>,
        name -> Text,
        name_key -> Text,
        level -> Text,
        parent_id -> Nullable<BigInt>,
        organ_id -> Nullable<BigInt>,
        type_code -> Text,
        lead_dept -> Nullable<Text>,
        status -> Text,
        first_batch_id -> BigInt,
        last_batch_id -> BigInt,
    }
}
diesel::table! {
    use super::{BigInt, Day, Document, Nullable, Text};
    license_version (item_id, no) {
        item_id -> BigInt,
        no -> BigInt,
        valid_from -> Day,
        valid_to -> Nullable<Day>,
        batch_id -> BigInt,
        name -> Text,
        organs_text -> Nullable<Text>,
        basis -> Nullable<Text>,
        exercise_level -> Nullable<Text>,
        legal_n -> Nullable<BigInt>,
        legal_unit -> Nullable<Text>,
        legal_text -> Nullable<Text>,
        promise_n -> Nullable<BigInt>,
        promise_unit -> Nullable<Text>,
        promise_text -> Nullable<Text>,
        case_kind -> Nullable<Text>,
        visits -> Nullable<Text>,
        target -> Nullable<Text>,
        fee -> Nullable<Text>,
        condition -> Nullable<Text>,
        materials -> Nullable<Text>,
        result -> Nullable<Text>,
        special -> Nullable<Text>,
        remark -> Nullable<Text>,
        details -> Document,
        fingerprint -> Text,
        raw -> Document,
    }
}
diesel::table! {
    use super::{BigInt, Day, Moment, Nullable, Text};
    disclosure_item (id) {
        id -> BigInt,
        index_no -> Text,
        title -> Text,
        doc_no -> Nullable<Text>,
        publisher_unit_id -> BigInt,
        category -> Text,
        formed_on -> Day,
        due_on -> Nullable<Day>,
        attribute -> Text,
        reason -> Nullable<Text>,
        attribute_set_on -> Nullable<Day>,
        published_at -> Nullable<Moment>,
        url -> Nullable<Text>,
        status -> Text,
        normative -> Text,
        validity -> Text,
        abolished_on -> Nullable<Day>,
        withdrawn_on -> Nullable<Day>,
        review_result -> Nullable<Text>,
        created_at -> Moment,
    }
}
diesel::table! {
    use super::{BigInt, Document, Moment, Nullable, Text};
    audit_log (seq) {
        seq -> BigInt,
        op_id -> Text,
        at -> Moment,
        actor -> Nullable<Text>,
        actor_id -> Nullable<BigInt>,
        os_user -> Text,
        host -> Text,
        source -> Text,
        verb -> Text,
        subject_table -> Nullable<Text>,
        subject_key -> Nullable<Text>,
        old_value -> Nullable<Document>,
        new_value -> Nullable<Document>,
        reason -> Nullable<Text>,
        result -> Text,
    }
}
diesel::table! {
    use super::{BigInt, Moment, Text};
    audit_seal (no) {
        no -> BigInt,
        log_seq -> BigInt,
        prev_hash -> Text,
        entry_hash -> Text,
        sealed_at -> Moment,
    }
}
diesel::table! {
    use super::{BigInt, Day, Nullable, Text};
    audit_waiver (id) {
        id -> BigInt,
        rule_id -> Text,
        fingerprint -> Nullable<Text>,
        reason -> Text,
        requested_by -> BigInt,
        approved_by -> Nullable<BigInt>,
        created_on -> Day,
        expires_on -> Nullable<Day>,
        revoked_on -> Nullable<Day>,
        basis_doc_no -> Nullable<Text>,
        subject_table -> Nullable<Text>,
        subject_key -> Nullable<Text>,
    }
}
diesel::table! {
    use super::{BigInt, Moment, Nullable, Text};
    audit_checkpoint (id) {
        id -> BigInt,
        origin -> Text,
        tree_size -> BigInt,
        head_hash -> Text,
        root_hash -> Nullable<Text>,
        signed_note -> Nullable<Text>,
        created_at -> Moment,
        anchored_to -> Nullable<Text>,
        anchored_at -> Nullable<Moment>,
    }
}
diesel::table! {
    use super::{BigInt, Document, Moment, Text};
    audit_purge (id) {
        id -> BigInt,
        last_no -> BigInt,
        last_seq -> BigInt,
        entries -> BigInt,
        head_hash -> Text,
        peaks -> Document,
        last_at -> Moment,
        export_sha256 -> Text,
        purged_at -> Moment,
    }
}
diesel::table! {
    use super::{BigInt, Document, Moment, Text};
    portal_baseline (id) {
        id -> BigInt,
        site -> Text,
        folder -> Text,
        taken_at -> Moment,
        files -> BigInt,
        links -> BigInt,
        bytes -> BigInt,
        excluded -> Document,
        digest -> Text,
    }
}
diesel::table! {
    use super::{BigInt, Nullable, Text};
    portal_file (id) {
        id -> BigInt,
        site -> Text,
        path -> Text,
        kind -> Text,
        bytes -> Nullable<BigInt>,
        sha256 -> Nullable<Text>,
        target -> Nullable<Text>,
        since_id -> BigInt,
        until_id -> Nullable<BigInt>,
    }
}
diesel::table! {
    use super::{BigInt, Day, Moment, Nullable, Text};
    backup_run (id) {
        id -> BigInt,
        snapshot_id -> Nullable<Text>,
        repository -> Nullable<Text>,
        kind -> Text,
        target -> Text,
        started_at -> Moment,
        finished_at -> Nullable<Moment>,
        status -> Text,
        bytes -> Nullable<BigInt>,
        added_bytes -> Nullable<BigInt>,
        manifest_sha256 -> Nullable<Text>,
        verified_at -> Nullable<Moment>,
        damaged_at -> Nullable<Moment>,
        read_at -> Nullable<Moment>,
        restored_at -> Nullable<Moment>,
        damage_depth -> Nullable<Text>,
        expires_on -> Nullable<Day>,
        label -> Nullable<Text>,
    }
}
diesel::table! {
    use super::{BigInt, Bool, Day, Nullable, Text};
    calendar_day (day) {
        day -> Day,
        is_workday -> Bool,
        name -> Nullable<Text>,
        source -> Nullable<Text>,
    }
}
diesel::table! {
    use super::{Text};
    setting (key) {
        key -> Text,
        value -> Text,
    }
}

diesel::table! {
    use super::{BigInt, Bool, Day, Nullable, Text};
    license_case (id) {
        id -> BigInt,
        no -> Text,
        organ_id -> BigInt,
        item_id -> BigInt,
        item_version_no -> BigInt,
        applicant_kind -> Nullable<Text>,
        applicant_name -> Text,
        applicant_id_no -> Nullable<Text>,
        contact -> Nullable<Text>,
        received_on -> Day,
        accepted_on -> Nullable<Day>,
        legal_due_on -> Nullable<Day>,
        promise_due_on -> Nullable<Day>,
        extended_on -> Nullable<Day>,
        extended_due_on -> Nullable<Day>,
        decided_on -> Nullable<Day>,
        outcome -> Nullable<Text>,
        delivered_on -> Nullable<Day>,
        status -> Text,
        procedure -> Text,
        rule -> Text,
        promise_days -> Nullable<BigInt>,
        deemed_accepted -> Bool,
        supplement_due_on -> Nullable<Day>,
        accept_doc_no -> Nullable<Text>,
        decision_doc_no -> Nullable<Text>,
        certificate_no -> Nullable<Text>,
        renews_until -> Nullable<Day>,
        applicant_id_kind -> Nullable<Text>,
        legal_person -> Nullable<Text>,
        handling_kind -> Nullable<Text>,
        satisfaction -> Nullable<Text>,
        by_post -> Nullable<Bool>,
    }
}
diesel::table! {
    use super::{BigInt, Day, Moment, Nullable, Text};
    license_case_event (id) {
        id -> BigInt,
        case_id -> BigInt,
        seq -> BigInt,
        event -> Text,
        at -> Moment,
        from_status -> Nullable<Text>,
        to_status -> Nullable<Text>,
        until_on -> Nullable<Day>,
        doc_no -> Nullable<Text>,
        note -> Nullable<Text>,
        row_key -> Nullable<Text>,
        actor -> Nullable<Text>,
        by_user_id -> Nullable<BigInt>,
    }
}
diesel::table! {
    use super::{BigInt, Day, Nullable, Text};
    license_case_special (id) {
        id -> BigInt,
        case_id -> BigInt,
        kind -> Text,
        name -> Text,
        started_on -> Day,
        ended_on -> Nullable<Day>,
        basis -> Nullable<Text>,
        result -> Nullable<Text>,
        opinion -> Nullable<Text>,
        approved_by -> Nullable<Text>,
        until_on -> Nullable<Day>,
    }
}

diesel::table! {
    use super::{BigInt, Bool, Day, Moment, Nullable, Text};
    disclosure_request (id) {
        id -> BigInt,
        no -> Text,
        unit_id -> BigInt,
        applicant_kind -> Text,
        applicant_name -> Text,
        applicant_id_no -> Nullable<Text>,
        contact -> Nullable<Text>,
        channel -> Text,
        arrived_on -> Day,
        confirmed_on -> Nullable<Day>,
        received_on -> Nullable<Day>,
        receipt_rule -> Nullable<Text>,
        subject -> Text,
        form_wanted -> Nullable<Text>,
        regime -> Text,
        due_on -> Nullable<Day>,
        extended_due_on -> Nullable<Day>,
        replied_on -> Nullable<Day>,
        closed_on -> Nullable<Day>,
        outcome_row -> Nullable<Text>,
        outcome_article -> Nullable<Text>,
        reply_no -> Nullable<Text>,
        pages -> Nullable<BigInt>,
        delivered_on -> Nullable<Day>,
        delivery -> Nullable<Text>,
        status -> Text,
        created_at -> Moment,
        signed -> Bool,
        items -> Nullable<BigInt>,
        fee_scheme -> Nullable<Text>,
        fee_yuan -> Nullable<BigInt>,
        fee_paid_on -> Nullable<Day>,
    }
}
diesel::table! {
    use super::{BigInt, Day, Moment, Nullable, Text};
    disclosure_request_event (id) {
        id -> BigInt,
        request_id -> BigInt,
        seq -> BigInt,
        kind -> Text,
        on_date -> Day,
        at -> Nullable<Moment>,
        until_on -> Nullable<Day>,
        doc_no -> Nullable<Text>,
        note -> Nullable<Text>,
        days -> Nullable<BigInt>,
        party -> Nullable<Text>,
        actor -> Nullable<Text>,
        by_user_id -> Nullable<BigInt>,
    }
}

// Temporary, made by `license_import::open`.
diesel::table! {
    use super::{BigInt, Nullable, Text};
    license_stage (seq) {
        seq -> BigInt,
        line -> BigInt,
        head -> BigInt,
        parent_seq -> Nullable<BigInt>,
        parent_code -> Nullable<Text>,
        level -> Text,
        scheme -> Text,
        code -> Nullable<Text>,
        name -> Nullable<Text>,
        name_key -> Text,
        organ -> Nullable<Text>,
        organ_key -> Nullable<Text>,
        type_code -> Text,
        lead_dept -> Nullable<Text>,
        basis -> Nullable<Text>,
        exercise_level -> Nullable<Text>,
        legal_n -> Nullable<BigInt>,
        legal_unit -> Nullable<Text>,
        legal_text -> Nullable<Text>,
        promise_n -> Nullable<BigInt>,
        promise_unit -> Nullable<Text>,
        promise_text -> Nullable<Text>,
        case_kind -> Nullable<Text>,
        visits -> Nullable<Text>,
        target -> Nullable<Text>,
        fee -> Nullable<Text>,
        condition -> Nullable<Text>,
        materials -> Nullable<Text>,
        result -> Nullable<Text>,
        special -> Nullable<Text>,
        remark -> Nullable<Text>,
        details -> Text,
        fingerprint -> Text,
        raw -> Text,
    }
}

diesel::joinable!(oa_user -> unit (unit_id));
diesel::joinable!(user_role -> role (role_id));
diesel::joinable!(role_request -> role (role_id));
diesel::joinable!(role_permission -> role (role_id));
diesel::joinable!(license_item -> license_organ (organ_id));
diesel::joinable!(license_batch -> license_source (source_id));
diesel::joinable!(license_version -> license_item (item_id));
diesel::joinable!(disclosure_item -> unit (publisher_unit_id));
diesel::joinable!(disclosure_request -> unit (unit_id));
diesel::joinable!(audit_seal -> audit_log (log_seq));
diesel::allow_tables_to_appear_in_same_query!(unit, oa_user, user_role, role, role_permission, role_request);
diesel::allow_tables_to_appear_in_same_query!(license_item, license_version, license_organ);
diesel::allow_tables_to_appear_in_same_query!(license_batch, license_source);
diesel::allow_tables_to_appear_in_same_query!(disclosure_item, unit);
diesel::allow_tables_to_appear_in_same_query!(disclosure_request, unit);
diesel::allow_tables_to_appear_in_same_query!(disclosure_request, disclosure_request_event);
diesel::allow_tables_to_appear_in_same_query!(audit_seal, audit_log);
