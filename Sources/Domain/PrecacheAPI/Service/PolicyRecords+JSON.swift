package import PrecacheModel

/// What `POST /v1/policy-sets` takes: policies that are applied together or not at all.
package struct PolicySet: Hashable, Sendable {
    /// A policy with its name.
    package struct Entry: Hashable, Sendable {
        /// The name.
        package var name: PolicyName
        /// The policy.
        package var spec: PolicySpec
    }

    /// The policies, each name once, up to 10,000.
    package let policies: [Entry]
    /// Whether policies that aren't in it are removed.
    package let prunes: Bool
    /// Whether only the changes are to be told.
    package let isDryRun: Bool

    /// Reads a body; nil, with what is wrong noted, unless all of it is right.
    package init?(_ body: JSONValue, _ problems: inout InputProblems) {
        guard var reader = ObjectReader(body, path: "", &problems) else { return nil }
        var entries: [Entry] = []
        var seen: Set<PolicyName> = []
        let values = reader.array("policies", count: 0...10_000, required: true, &problems) ?? []
        for (index, value) in values.enumerated() {
            let path = "policies[\(index)]"
            guard var entry = ObjectReader(value, path: path, &problems) else { continue }
            let name = entry.checked("name", required: true, &problems) { text throws(InvalidValue) in
                try PolicyName(text)
            }
            let spec = PolicySpec.settings(&entry, &problems)
            entry.finish(&problems)
            guard let name else { continue }
            if seen.insert(name).inserted {
                entries.append(Entry(name: name, spec: spec))
            } else {
                problems.add("\(path).name", "'\(name)' is listed twice")
            }
        }
        policies = entries
        prunes = reader.boolean("prune", &problems) ?? false
        isDryRun = reader.boolean("dry_run", &problems) ?? false
        reader.finish(&problems)
        guard problems.isEmpty else { return nil }
    }
}

/// Policies in the shape of the service's API document.
extension JSONWriter {
    /// Writes a policy with how far it is carried out.
    package mutating func policy(_ policy: PolicyRecord, _ status: PolicyStatus) {
        object { json in
            json.member("name", policy.name.text)
            json.key("spec")
            json.policySpec(policy.spec)
            json.member("created_at", policy.createdAt)
            json.member("updated_at", policy.updatedAt)
            json.key("status")
            json.policyStatus(status)
        }
    }

    /// Writes how far a policy is carried out.
    package mutating func policyStatus(_ status: PolicyStatus) {
        object { json in json.members(of: status) }
    }

    /// Writes how a policy stood.
    package mutating func policyMoment(_ moment: PolicyMoment) {
        object { json in
            json.member("at", moment.at)
            json.key("status")
            json.raw(Array(moment.status.utf8))
        }
    }

    private mutating func members(of status: PolicyStatus) {
        member("state", status.state.rawValue)
        member("fraction", fraction: status.fraction)
        array("images", status.images) { json, image in
            json.object { json in
                json.member("image_id", image.id.text)
                json.member("newest", image.newest?.description)
                json.member("since", image.since)
                json.member("fraction", fraction: image.fraction)
            }
        }
        member("missing_hosts", status.missingHosts)
        array("open_jobs", status.openJobs) { json, job in json.string(job.text) }
        member("last_run_at", status.lastRunAt)
        member("next_run_at", status.nextRunAt)
        member("next_window_at", status.nextWindowAt)
        array("held_up_by", status.heldUpBy) { json, hold in
            json.object { json in
                json.member("what", hold.cause.text)
                json.member("hosts", hold.hosts)
                json.member("example", hold.example?.text)
                json.member("image_id", hold.image?.text)
                json.member("job_id", hold.job?.text)
                json.member("until", hold.until)
                json.member("detail", hold.detail)
            }
        }
    }

    /// Writes a part of one, rounded down to six decimals, so that what isn't whole doesn't read 1.
    package mutating func member(_ name: StaticString, fraction: Double) {
        key(name)
        raw(Array("\((fraction * 1_000_000).rounded(.down) / 1_000_000)".utf8))
    }

    /// Writes what applying policies did, or would do, to one.
    package mutating func policyChange(_ change: PolicyChange) {
        object { json in
            json.member("name", change.name.text)
            json.member("change", change.change.rawValue)
        }
    }
}
