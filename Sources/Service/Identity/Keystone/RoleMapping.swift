import PrecacheModel

/// Which of Keystone's roles stand for which of ours.
package struct RoleMapping: Sendable {
    private let roles: [(role: Role, names: Set<String>)]

    /// A mapping; letter case doesn't count in roles' names, as in oslo.policy.
    package init(admin: [String], operator operators: [String], reader: [String]) {
        roles = [(.admin, admin), (.operator, operators), (.reader, reader)].map { role, names in
            (role, Set(names.map { $0.lowercased() }))
        }
    }

    /// The most that any of these roles stands for; nil if none counts.
    func role(of names: [String]) -> Role? {
        let held = Set(names.map { $0.lowercased() })
        return roles.first { !$0.names.isDisjoint(with: held) }?.role
    }
}
