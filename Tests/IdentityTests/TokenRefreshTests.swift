import HTTPDoor
import PrecacheModel
import Synchronization
import Testing

@testable import Identity

@Suite struct TokenRefreshTests {
    /// A store of tokens that counts how often it is read.
    private final class Store: Sendable {
        struct State {
            var generation: Int64 = 1
            var tokens: [TokenRecord] = []
            var reads = 0
            var fails = false
        }
        let state = Mutex(State())

        func add(_ token: BearerToken, name: String) {
            state.withLock { state in
                state.generation += 1
                state.tokens.append(
                    TokenRecord(
                        id: state.generation,
                        name: name,
                        role: .reader,
                        hash: token.hash,
                        createdAt: Timestamp(microseconds: 0)
                    )
                )
            }
        }

        func refresh(
            of gate: TokenGate,
            onEnd: @escaping @Sendable ((any Error)?) -> Void = { _ in },
            onChange: @escaping @Sendable (TokenRefresh.Change) -> Void = { _ in }
        ) -> TokenRefresh {
            TokenRefresh(
                gate: gate,
                generation: {
                    try self.state.withLock { state in
                        if state.fails { throw StoreError(.busy, message: "locked") }
                        return state.generation
                    }
                },
                tokens: {
                    self.state.withLock { state in
                        state.reads += 1
                        return state.tokens
                    }
                },
                onChange: onChange,
                onEnd: onEnd
            )
        }
    }

    @Test func tokensAreReadOnlyWhenTheyMayHaveChanged() async throws {
        let (gate, store) = (TokenGate(), Store())
        let refresh = store.refresh(of: gate)
        for _ in 0..<3 { try await refresh.refresh() }
        #expect(store.state.withLock { $0.reads } == 1)
        store.add(try BearerToken.make(), name: "new")
        for _ in 0..<3 { try await refresh.refresh() }
        #expect(store.state.withLock { $0.reads } == 2)
    }

    @Test func whatIsMadeAndRevokedIsToldOnceAndWhatWasThereBeforeIsNot() async throws {
        let (gate, store) = (TokenGate(), Store())
        let told = Mutex<[String]>([])
        let refresh = store.refresh(
            of: gate,
            onChange: { change in
                told.withLock { told in
                    switch change {
                    case .made(let token): told.append("made \(token.name)")
                    case .revoked(let token): told.append("revoked \(token.name)")
                    }
                }
            }
        )
        func revoke(_ name: String) {
            store.state.withLock { state in
                state.generation += 1
                for index in state.tokens.indices where state.tokens[index].name == name {
                    state.tokens[index].revokedAt = Timestamp(microseconds: 1)
                }
            }
        }
        store.add(try BearerToken.make(), name: "old")
        try await refresh.refresh()
        #expect(told.withLock { $0 }.isEmpty)
        store.add(try BearerToken.make(), name: "new")
        try await refresh.refresh()
        revoke("old")
        for _ in 0..<2 { try await refresh.refresh() }
        #expect(told.withLock { $0 } == ["made new", "revoked old"])
        // Both between two looks.
        store.add(try BearerToken.make(), name: "brief")
        revoke("brief")
        try await refresh.refresh()
        #expect(told.withLock { $0 } == ["made new", "revoked old", "made brief", "revoked brief"])
    }

    @Test func aTokenMadeAMomentAgoIsKnownAtItsFirstUse() async throws {
        let (gate, store) = (TokenGate(), Store())
        let refresh = store.refresh(of: gate)
        try await refresh.refresh()
        let token = try BearerToken.make()
        store.add(token, name: "new")
        let field = "Bearer \(token.text)"
        #expect(gate.admit(Credentials(authorization: field), peer: "p") == .unfamiliar)
        let admitted = Admission.admitted(Caller(name: "new", role: .reader))
        #expect(await gate.admitAnew(Credentials(authorization: field), peer: "p") == admitted)
        #expect(gate.admit(Credentials(authorization: field), peer: "p") == admitted)
    }

    @Test func aStoreThatFailsLeavesWhatWasKnown() async throws {
        let (gate, store) = (TokenGate(), Store())
        let token = try BearerToken.make()
        store.add(token, name: "old")
        let refresh = store.refresh(of: gate)
        try await refresh.refresh()
        store.state.withLock { $0.fails = true }
        await #expect(throws: StoreError.self) { try await refresh.refresh() }
        let admitted = Admission.admitted(Caller(name: "old", role: .reader))
        #expect(gate.admit(Credentials(authorization: "Bearer \(token.text)"), peer: "p") == admitted)
        let stranger = "Bearer \(try BearerToken.make().text)"
        #expect(await gate.admitAnew(Credentials(authorization: stranger), peer: "p") == .refused)
    }

    @Test func aLookForAStrangersTokenThatFailsIsTold() async throws {
        let (gate, store) = (TokenGate(), Store())
        let told = Mutex<[String]>([])
        let refresh = store.refresh(of: gate) { error in
            told.withLock { $0.append(error.map { "\($0)" } ?? "well") }
        }
        try await refresh.refresh()
        let stranger = Credentials(authorization: "Bearer \(try BearerToken.make().text)")
        #expect(await gate.admitAnew(stranger, peer: "p") == .refused)
        store.state.withLock { $0.fails = true }
        #expect(await gate.admitAnew(stranger, peer: "p") == .refused)
        let lines = told.withLock { $0 }
        #expect(lines.count == 2)
        #expect(lines.first == "well")
        #expect(lines.last?.contains("locked") == true)
    }

    @Test func manyStrangersAtOnceShareReads() async throws {
        let (gate, store) = (TokenGate(limits: AttemptLimits(burst: 1000)), Store())
        let refresh = store.refresh(of: gate)
        try await refresh.refresh()
        await withTaskGroup(of: Admission.self) { group in
            for number in 0..<100 {
                group.addTask {
                    let text = "pc_" + String(repeating: "x", count: 40) + String(100 + number)
                    return await gate.admitAnew(Credentials(authorization: "Bearer \(text)"), peer: "p")
                }
            }
            for await admission in group { #expect(admission == .refused) }
        }
        #expect(store.state.withLock { $0.reads } == 1)
    }
}
