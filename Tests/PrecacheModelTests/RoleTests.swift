import PrecacheModel
import Testing

@Suite struct RoleTests {
    @Test(arguments: Role.allCases)
    func eachRoleMayWhatTheTableSays(role: Role) {
        let allowed: [Role: Set<Role>] = [
            .reader: [.reader], .operator: [.reader, .operator], .admin: [.reader, .operator, .admin],
            .agent: [.agent],
        ]
        for needed in Role.allCases {
            #expect(role.allows(needed) == allowed[role]?.contains(needed), "\(role) for \(needed)")
            #expect(Caller(name: "x", role: role).may(needed) == role.allows(needed))
            #expect(Caller(name: nil, role: nil).may(needed), "without authentication everybody may")
        }
    }

    @Test(arguments: [("7", Int64(7)), ("007", 7), ("web", nil), ("-1", nil), ("99999999999999999999", nil)])
    func aKeyOfDigitsIsANumberFirst(text: String, id: Int64?) {
        #expect(AggregateKey(text).id == id)
        #expect(AggregateKey(text).name?.text == text)
    }
}
