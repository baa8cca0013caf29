import PrecacheAPI

extension CloudInventory {
    /// The body of `PUT /v1/inventory` that brings the inventory to what Nova knows.
    ///
    /// What Nova doesn't know of hosts that are there already is said again as it is: labels, the agent's port, and the
    /// address, which may lead through another network than Nova's. So are hosts that Nova can't see now; those that
    /// aren't there yet are left out, for nothing is known of them but the name.
    ///
    /// - Parameters:
    ///   - present: The hosts of the inventory.
    ///   - takesAddresses: Whether hosts that are there get Nova's addresses too.
    ///   - keepsEnabled: Whether hosts that are there stay enabled or disabled whatever Nova says.
    /// - Returns: JSON.
    package func document(present: [HostView], takesAddresses: Bool, keepsEnabled: Bool) -> [UInt8] {
        let known = Dictionary(present.map { ($0.name, $0) }) { first, _ in first }
        let kept = unseen.compactMap { known[$0] }.map { host in
            Host(
                name: host.name,
                address: host.address,
                isEnabled: host.enabled ?? true,
                disabledReason: host.disabledReason
            )
        }
        let unknown = Set(unseen).subtracting(known.keys)
        var json = JSONWriter(capacity: 256 * (hosts.count + aggregates.count + 1))
        json.object { json in
            json.array("hosts", hosts + kept) { json, host in
                let old = known[host.name]
                let address = takesAddresses ? host.address ?? old?.address : old?.address ?? host.address
                json.object { json in
                    json.member("name", host.name)
                    if let address { json.member("address", address) }
                    if let port = old?.port { json.member("port", port) }
                    if let old, keepsEnabled {
                        json.member("enabled", old.enabled ?? true)
                        json.member("disabled_reason", old.disabledReason)
                    } else {
                        json.member("enabled", host.isEnabled)
                        json.member("disabled_reason", host.isEnabled ? nil : host.disabledReason)
                    }
                    json.member("labels", old?.labels ?? [:])
                }
            }
            json.array("aggregates", aggregates) { json, aggregate in
                json.object { json in
                    json.member("name", aggregate.name)
                    json.member("availability_zone", aggregate.zone)
                    json.member("metadata", aggregate.metadata)
                    json.array("hosts", aggregate.hosts.filter { !unknown.contains($0) }) { $0.string($1) }
                }
            }
        }
        return json.bytes
    }
}
