//! Who may do what, for an auditor to read: one Cedar file per service, and the schema of all of them.
//!
//! - `pathfinder.cedarschema`: what a caller, a role and a record are to a policy, and every act by name.
//! - `boards.cedar`, `commitments.cedar`, `issues.cedar`, `identity.cedar`: the rules.
//!
//! Nothing is allowed that no `permit` allows, and every `forbid` holds against all permits. An act is a call of the contract, by its
//! name (`OpenMeeting`), or a part of one that only some callers may do or see (`SeeReporters`). To add a call, name it in the
//! schema and in a rule; the tests compare the schema with the contracts. A partnership may forbid more by policies of its own
//! (`SetPolicies` of boards), but for the acts that the schema puts in `BeyondPartnerships`.

/// What the policies speak of.
pub const SCHEMA: &str = include_str!("../pathfinder.cedarschema");
/// The rules of the boards service.
pub const BOARDS: &str = include_str!("../boards.cedar");
/// The rules of the commitments service.
pub const COMMITMENTS: &str = include_str!("../commitments.cedar");
/// The rules of the issues service.
pub const ISSUES: &str = include_str!("../issues.cedar");
/// The rules of the identity service.
pub const IDENTITY: &str = include_str!("../identity.cedar");

#[cfg(test)]
mod tests {
    use cedar_policy::{PolicySet, Schema, ValidationMode, Validator};

    use super::*;

    #[test]
    fn every_file_is_valid_against_the_schema() {
        let (schema, warnings) = Schema::from_cedarschema_str(SCHEMA).expect("the schema can be read");
        assert_eq!(warnings.map(|warning| warning.to_string()).collect::<Vec<_>>(), Vec::<String>::new());
        let validator = Validator::new(schema);
        for (name, text) in
            [("boards", BOARDS), ("commitments", COMMITMENTS), ("issues", ISSUES), ("identity", IDENTITY)]
        {
            let policies: PolicySet = text.parse().unwrap_or_else(|error| panic!("{name} can be read, but: {error}"));
            let result = validator.validate(&policies, ValidationMode::Strict);
            let found: Vec<String> = result.validation_errors().map(ToString::to_string).collect();
            assert_eq!(found, Vec::<String>::new(), "{name} holds to the schema");
        }
    }
}
