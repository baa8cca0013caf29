import PrecacheModel

@testable import ServiceAPI

extension FakeInventory: HostCaches {
    /// Answers for every host but those whose names are reasons.
    func cache(of host: HostRecord, after: String?, limit: Int) async throws(AgentTrouble) -> [UInt8] {
        if let reason = Reason(rawValue: host.name.text.split(separator: "-").joined(separator: "_")) {
            throw AgentTrouble(reason, "the agent says no")
        }
        return Array(#"{"cache":{"after":"\#(after ?? "")","limit":\#(limit)}}"#.utf8)
    }
}
