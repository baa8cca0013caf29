import HTTPTypes
import PrecacheModel

/// Which role each rule asks for: Nova's defaults.
struct NovaPolicy: Sendable {
    /// The role that may start jobs here; in Nova it takes an administrator.
    let imagesRole: Role

    /// Throws 403 unless the caller's role allows it.
    func check(_ rule: NovaRule, _ caller: Caller) throws(NovaFault) {
        let isAllowed =
            switch rule {
            // Nova has it for anyone with a token of Keystone's, whatever its roles. Agents are nobody there.
            case .listZones: caller.role != .agent
            case .cacheImages: caller.may(imagesRole)
            default: caller.may(.admin)
            }
        guard isAllowed else {
            throw NovaFault(.forbidden, "Policy doesn't allow \(rule.rawValue) to be performed.")
        }
    }
}
