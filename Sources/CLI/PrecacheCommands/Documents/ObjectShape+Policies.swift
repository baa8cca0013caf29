import PrecacheModel

extension ObjectShape {
    /// A file of policies, as `POST /v1/policy-sets` takes them.
    package static let policies = ObjectShape(
        noun: "a file of policies",
        key: nil,
        fields: [("policies", .objects(policy))]
    )

    private static let policy = ObjectShape(
        noun: "a policy",
        key: "name",
        fields: [
            ("name", .text { text in refusal { () throws(InvalidValue) in _ = try PolicyName(text) } }),
            ("aggregates", .names(rule: aggregateRule)), ("images", .objects(policyImage)),
            ("windows", .objects(window)),
            ("at_window_end", .text { choice($0, "window's end", WindowEnd.allCases.map(\.rawValue)) }),
            (
                "superseded",
                .text { choice($0, "rule for what is superseded", SupersededRule.allCases.map(\.rawValue)) }
            ),
            (
                "parallelism",
                .amount { text in refusal { () throws(InvalidValue) in _ = try Parallelism(text) } }
            ),
            ("host_timeout_seconds", .integer(1...604_800)),
            ("priority", .text { choice($0, "priority", JobPriority.allCases.map(\.rawValue)) }),
            ("enabled", .boolean),
            (
                "expires_at",
                .text { text in refusal { () throws(InvalidValue) in _ = try Timestamp(text) } }
            ),
        ]
    )

    private static let policyImage = ObjectShape(
        noun: "an image of a policy",
        key: nil,
        fields: [("id", .text(rule: imageRule)), ("newest", .object(channel)), ("count", .integer(1...20))]
    )

    private static let channel = ObjectShape(
        noun: "'newest'",
        key: nil,
        fields: [("name", .anyText), ("tag", .anyText), ("property", .texts)]
    )

    private static let window = ObjectShape(
        noun: "a window",
        // Two windows may open at the same hour in different zones.
        key: nil,
        fields: [
            ("cron", .text { text in refusal { () throws(InvalidValue) in _ = try CronLine(text) } }),
            ("hours", .integer(1...Int64(PolicyWindow.mostHours))),
            (
                "timezone",
                .text { text in
                    refusal { () throws(InvalidValue) in _ = try PolicyWindow.checkedZone(text) }
                }
            ),
        ]
    )
}
