//! The contract every store keeps, run against the fake and the real one alike.
//!
//! A behaviour is an `async fn` that takes a fresh [`World`] and panics when the store behaves
//! otherwise. [`contract_tests!`](crate::contract_tests) turns each into a test of the adapter's own.
//! Nothing here depends on what only a fake can do: the database's clock runs by itself, and where
//! two transactions meet, the second one may wait at its beginning or at the row they meet on.
#![expect(clippy::missing_panics_doc, reason = "a behaviour says so by panicking")]

pub mod access;
pub mod attendance;
pub mod audit;
pub mod ballot_box;
pub mod clients;
pub mod committees;
pub mod documents;
pub mod events;
mod fixture;
pub mod following;
pub mod idempotency;
pub mod keys;
pub mod live;
pub mod log;
pub mod misses;
pub mod motions;
pub mod nominations;
pub mod organizations;
pub mod people;
pub mod presence;
pub mod proxies;
pub mod results;
pub mod roles;
pub mod rules;
pub mod sealed;
pub mod sessions;
pub mod standing;
pub mod transactions;
pub mod users;

use std::sync::Arc;

use crate::live::Notifier;
use crate::queries::Queries;
use crate::store::Store;

/// A store on a database of its own, empty when a behaviour begins.
pub trait World: Send + Sync {
    /// Its transactions.
    fn store(&self) -> Arc<dyn Store>;
    /// Its read models.
    fn queries(&self) -> Arc<dyn Queries>;
    /// Where its changes are heard of.
    fn notifier(&self) -> Arc<dyn Notifier>;
}

/// Names every behaviour, once, for the macro that is given.
#[doc(hidden)]
#[macro_export]
macro_rules! for_each_behaviour {
    ($then:ident $given:tt) => {
        $crate::$then! { $given
            access::a_login_attempt_is_taken_once
            access::logins_are_found_and_ended
            access::logins_end_everywhere_at_once
            access::use_of_a_login_is_noted_to_the_minute
            access::stale_logins_and_attempts_are_thrown_away
            access::api_tokens_are_found_until_they_are_revoked
            access::a_token_is_revoked_by_its_owner_once
            access::use_of_a_token_is_noted_to_the_minute
            access::tokens_are_listed_in_pieces
            attendance::an_own_instance_is_made_once
            attendance::a_proxy_instance_is_kept_per_holder_and_principal
            attendance::instances_are_ordered
            attendance::presence_and_bars_are_written
            attendance::the_log_is_in_order_of_time
            attendance::attendees_are_listed_with_their_comings_and_goings
            attendance::quorum_facts_are_members_and_instances
            attendance::corrections_are_lines_of_the_log
            attendance::the_roll_follows_corrections
            attendance::attendees_come_in_pieces
            audit::lines_come_newest_first_and_in_pieces
            audit::lines_outlive_a_deleted_draft
            audit::lines_are_filtered
            ballot_box::facts_tell_what_bears_on_each_instance
            ballot_box::facts_of_a_draft_and_of_nothing
            ballot_box::facts_come_in_the_order_of_the_keys
            ballot_box::a_vote_stands_as_it_was_cast
            ballot_box::a_split_vote_keeps_its_parts
            ballot_box::an_instance_votes_once
            ballot_box::a_principal_votes_once_whoever_casts
            ballot_box::a_batch_keeps_its_order_and_its_good_votes
            ballot_box::a_vote_under_way_excludes_a_second_one
            ballot_box::a_vote_rolled_back_leaves_room
            ballot_box::a_close_waits_for_votes_under_way
            ballot_box::a_vote_is_changed_as_the_rules_allow
            ballot_box::late_arrivals_wait_where_the_rules_say_so
            ballot_box::votes_wait_for_a_close_under_way
            ballot_box::a_revocation_waits_for_votes_under_way
            clients::clients_come_and_go
            clients::a_client_never_votes
            clients::a_deleted_client_can_do_nothing
            committees::committees_form_a_tree
            committees::people_belong_to_committees
            committees::roles_reach_down_from_committees
            committees::committees_and_roles_vote
            documents::organizations_keep_their_rules
            documents::terms_of_every_kind_come_back
            documents::long_texts_of_any_script_come_back
            documents::quorum_rules_come_back
            events::a_draft_comes_back_as_it_was_written
            events::every_field_of_a_draft_can_be_changed
            events::an_event_goes_through_every_state
            events::an_event_is_annulled_from_any_state
            events::a_draft_is_deleted_and_a_voted_event_is_not
            events::active_events_are_those_of_the_sitting
            events::the_roll_knows_who_came_while_voting_was_open
            events::who_is_missing_on_a_roll_joins_it_once
            events::votes_come_by_principal
            events::due_openings_are_drafts_whose_start_has_come
            events::due_events_are_active_and_past_their_end
            following::events_come_in_pieces
            following::vote_instances_are_those_of_the_person
            following::turnout_counts_roll_presence_and_votes
            following::the_missing_are_listed_in_pieces
            following::a_running_count_is_what_a_close_would_count
            following::votes_are_listed_with_their_people
            following::a_standard_page_is_bounded
            idempotency::an_answer_is_replayed
            idempotency::choices_are_compared_by_one_process
            idempotency::keys_belong_to_one_person
            idempotency::a_key_rolled_back_is_new_again
            idempotency::the_same_request_waits_for_the_first
            idempotency::old_answers_are_thrown_away
            live::changes_of_a_sitting_are_announced
            live::changes_for_a_person_are_announced
            live::what_is_rolled_back_is_not_announced
            misses::misses_weigh_one_after_the_other
            motions::a_motion_comes_back_with_its_texts
            motions::amendments_and_reconsiderations_are_found
            motions::a_deleted_draft_takes_its_texts_along
            log::leaves_are_taken_in_order
            log::a_leaf_is_lost_with_nothing_but_its_change
            log::a_tree_grows_at_its_end
            log::checkpoints_are_kept
            log::receipts_are_found_all_along
            log::votes_find_their_leaves
            log::choices_are_erased
            log::audit_lines_are_told_once
            nominations::an_office_comes_back_with_its_nominations
            nominations::candidates_are_found_from_the_election_and_its_runoff
            nominations::an_office_opens_again_and_goes
            organizations::organizations_are_found_and_changed
            organizations::memberships_are_added_and_changed
            organizations::a_membership_ends_and_the_record_stays
            organizations::members_have_addresses_and_numbers
            organizations::changes_of_an_organization_take_turns
            organizations::memberships_are_listed_in_pieces
            organizations::members_are_listed_in_pieces
            people::who_is_kept_out_has_no_proof
            people::an_anonymized_person_is_nobody
            people::duplicates_are_anonymized_too
            people::the_log_forgets_who_an_anonymized_person_was
            people::duplicates_are_merged
            people::organizations_end
            presence::people_wait_until_the_host_decides
            presence::a_presence_check_is_asked_answered_and_ended
            presence::a_second_presence_check_is_refused
            presence::due_presence_checks_are_past_their_time
            presence::the_end_of_a_check_waits_for_answers
            proxies::a_mandate_stands_until_it_is_revoked
            proxies::a_principal_gives_one_mandate_per_sitting
            proxies::use_in_an_active_event_is_known
            proxies::a_mandate_is_revoked_by_one
            proxies::mandates_are_listed_with_their_people
            proxies::a_mandate_goes_through_every_state
            proxies::two_offers_of_one_vote_never_both_stand
            proxies::a_mandate_for_one_event_is_good_for_that_one
            proxies::a_mandate_for_a_span_has_ones_in_sittings
            proxies::what_happened_to_a_mandate_is_kept
            proxies::mandates_expire_with_what_they_are_for
            results::results_of_every_outcome_come_back
            results::a_result_is_written_once
            results::a_result_is_completed_by_another
            rules::versions_of_rules_are_kept
            roles::a_grant_lives_once_and_is_kept
            roles::grants_reach_down
            roles::grants_show_sittings
            roles::other_admins_are_known
            roles::promises_are_claimed_once
            sealed::a_seal_comes_back_and_never_changes
            sealed::a_sealed_vote_comes_back_as_it_was_cast
            sealed::a_principal_has_one_sealed_vote
            sealed::a_sealed_vote_is_replaced_while_voting_is_open
            sealed::votes_and_sealed_votes_never_meet
            sealed::sealed_votes_count_as_cast
            sealed::ballots_keep_their_order
            sealed::a_key_goes_once
            sealed::keys_are_found_by_what_is_left_to_do
            sealed::a_close_waits_for_sealed_votes_under_way
            sessions::a_sitting_is_found_by_id_and_code
            sessions::a_code_in_use_is_refused_and_another_one_taken
            sessions::statuses_come_back
            sessions::a_closed_sitting_frees_its_code
            sessions::two_sittings_never_share_a_code
            sessions::a_join_waits_for_a_close
            sessions::a_screen_has_one_link_that_can_be_ended
            standing::towards_an_organization
            standing::towards_a_sitting_and_its_events
            standing::sittings_a_person_may_see
            standing::sittings_come_newest_first_and_in_pieces
            standing::current_sittings_of_a_person
            transactions::the_clock_runs_forward
            transactions::what_was_not_committed_never_was
            transactions::what_was_committed_is_seen_by_all
            transactions::an_error_spends_the_transaction
            transactions::what_is_not_there_is_none
            transactions::writing_to_what_is_not_there_is_refused
            users::people_are_found_by_id_login_name_and_subject
            users::names_of_any_script_come_back
            users::a_login_name_belongs_to_one_person
            users::a_subject_belongs_to_one_person
            users::a_roster_is_added_in_order
            users::a_roster_finds_people_again
            users::people_follow_their_provider
            users::sign_ins_of_one_person_take_turns
        }
    };
}

/// Makes a test of every behaviour. The expression gives a fresh [`World`](crate::contract::World) each
/// time and may await; the crate that uses this depends on tokio with its `macros` and `rt`.
#[macro_export]
macro_rules! contract_tests {
    ($world:expr) => {
        $crate::for_each_behaviour! { contract_test_functions ($world) }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! contract_test_functions {
    (($world:expr) $($module:ident :: $name:ident)+) => {$(
        #[tokio::test]
        async fn $name() {
            let world = $world;
            $crate::contract::$module::$name(&world).await;
        }
    )+};
}

#[doc(hidden)]
#[macro_export]
macro_rules! run_contract {
    (($fresh:expr) $($module:ident :: $name:ident)+) => {$(
        let world = $fresh().await;
        $module::$name(&world).await;
    )+};
}

#[doc(hidden)]
#[macro_export]
macro_rules! contract_names {
    (() $($module:ident :: $name:ident)+) => {
        &[$((stringify!($module), stringify!($name))),+]
    };
}

/// The module and the name of every behaviour.
pub const BEHAVIOURS: &[(&str, &str)] = crate::for_each_behaviour! { contract_names () };

/// Runs every behaviour, one after the other, each in a fresh world.
pub async fn run_all<W: World>(fresh: impl AsyncFn() -> W) {
    crate::for_each_behaviour! { run_contract (fresh) }
}

#[cfg(test)]
mod tests {
    use super::BEHAVIOURS;

    #[test]
    fn every_behaviour_is_listed_once() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/contract");
        let mut written = Vec::new();
        for file in std::fs::read_dir(folder).expect("the folder is there") {
            let path = file.expect("a file").path();
            // Key stores have a contract of their own.
            if path.ends_with("keys.rs") {
                continue;
            }
            let module = path.file_stem().and_then(|name| name.to_str()).expect("a name").to_owned();
            let text = std::fs::read_to_string(&path).expect("it can be read");
            let names = text.lines().filter_map(|line| line.strip_prefix("pub async fn "));
            let names = names.filter_map(|rest| rest.split_once("(world")).map(|(name, _)| name.to_owned());
            written.extend(names.map(|name| (module.clone(), name)));
        }
        written.sort();
        let mut listed: Vec<(String, String)> =
            BEHAVIOURS.iter().map(|(module, name)| ((*module).to_owned(), (*name).to_owned())).collect();
        listed.sort();
        assert_eq!(written, listed);
    }
}
