import PrecacheModel

extension ComputeHost {
    /// The only service that a host has here.
    static let binary = "nova-compute"

    /// Whether it takes part in jobs, in Nova's word.
    var status: String { host.entry.isEnabled ? "enabled" : "disabled" }

    /// Whether its agent is alive; Nova has no word for a host that hasn't been heard of yet.
    func state(at now: Timestamp) -> String { host.state(at: now) == .up ? "up" : "down" }

    /// The zone that it is in; Nova joins several with commas.
    func zone(default zone: String) -> String { zones.isEmpty ? zone : zones.joined(separator: ",") }
}
