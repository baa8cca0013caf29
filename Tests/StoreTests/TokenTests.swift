import PrecacheModel
import Store
import StoreSQLite
import Testing

/// Tokens are kept as hashes, and a running service hears of those that a command makes.
@Suite(.timeLimit(.minutes(10)))
struct TokenTests {
    @Test func namesAreUniqueAmongThoseThatHold() async throws {
        let fixture = try await StoreFixture()
        let tokens = fixture.store.tokens
        let hash = [UInt8](repeating: 7, count: 32)
        let token = try await tokens.createToken(name: "ci", role: .operator, hash: hash)
        let other = [UInt8](repeating: 8, count: 32)
        let error = await #expect(throws: StoreError.self) {
            _ = try await tokens.createToken(name: "ci", role: .admin, hash: other)
        }
        #expect(error?.code == .conflict)
        let revoked = try await tokens.revokeToken(name: "ci")
        #expect(revoked.revokedAt == fixture.clock.now)
        let again = try await tokens.createToken(name: "ci", role: .admin, hash: other)
        #expect(try await tokens.tokens() == [revoked, again])
        #expect(token.hash == hash)
        let missing = await #expect(throws: StoreError.self) {
            _ = try await tokens.revokeToken(name: "none")
        }
        #expect(missing == StoreError.notFound("token", "none"))
    }

    @Test func anAgentsTokenMayBeBoundToAHost() async throws {
        let fixture = try await StoreFixture()
        let tokens = fixture.store.tokens
        let host = try HostName("compute-1")
        _ = try await tokens.createToken(
            name: "bound",
            role: .agent,
            host: host,
            hash: [UInt8](repeating: 1, count: 32)
        )
        _ = try await tokens.createToken(name: "any", role: .agent, hash: [UInt8](repeating: 2, count: 32))
        #expect(try await tokens.tokens().map(\.host) == [host, nil])
        #expect(try await tokens.revokeToken(name: "bound").host == host)
        // What can't be read isn't taken for "any host".
        _ = try await fixture.store.engine.write(.rare) { database, _ in
            try database.run("UPDATE token SET host = 'not a host' WHERE name = 'bound'", [])
        }
        await #expect(throws: StoreError.self) { _ = try await tokens.tokens() }
    }

    @Test func theGenerationRisesWithWhatAnotherProcessWrites() async throws {
        let fixture = try await StoreFixture()
        let first = try await fixture.store.tokens.tokenGeneration()
        let command = try await fixture.database.store(access: .tool)
        let hash = [UInt8](repeating: 7, count: 32)
        _ = try await command.tokens.createToken(name: "ci", role: .reader, hash: hash)
        let second = try await fixture.store.tokens.tokenGeneration()
        _ = try await command.tokens.revokeToken(name: "ci")
        let third = try await fixture.store.tokens.tokenGeneration()
        #expect(first < second && second < third)
        #expect(try await fixture.store.tokens.tokenGeneration() == third)
        await command.close()
    }

    @Test func aHashThatIsNotOneIsRefused() async throws {
        let fixture = try await StoreFixture()
        await #expect(throws: StoreError.self) {
            _ = try await fixture.store.tokens.createToken(name: "x", role: .reader, hash: [1, 2, 3])
        }
        #expect(try await fixture.store.tokens.tokens().isEmpty)
    }
}
