import Testing

@testable import FleetSimulator

struct FleetPlanTests {
    @Test func everyHostIsFoundByItsAddressAndByItsName() throws {
        let plan = try FleetPlan(hosts: 70_000, domain: ".fleet.test")
        for index in [0, 1, 249, 250, 62_499, 62_500, 69_999] {
            #expect(plan.index(host: "\(plan.address(of: index)):7701") == index)
            #expect(plan.index(host: "\(plan.name(of: index)):7701") == index)
        }
        #expect(plan.address(of: 0) == "127.16.0.1")
        #expect(plan.address(of: 250) == "127.16.1.1")
        #expect(plan.name(of: 41) == "sim-00042.fleet.test")
        #expect(Set((0..<70_000).map(plan.address)).count == 70_000)
    }

    @Test(arguments: [
        "127.0.0.1:7701", "127.16.0.0", "127.16.0.251", "127.16.250.1", "10.16.0.1", "sim-00000.fleet.test",
        "sim-00042", "sim-00011.fleet.test", "sim-x.fleet.test", "", "127.16.0.1.1", "127.16.0.11",
    ])
    func strangersAreNobody(_ field: String) throws {
        #expect(try FleetPlan(hosts: 10, domain: ".fleet.test").index(host: field) == nil)
    }

    @Test func sharesAreExactAndTheSameForTheSameSeed() throws {
        let shares: FleetPlan.Shares = [
            (.down, try #require(FleetShare("1%"))), (.failing, try #require(FleetShare("7"))),
            (.slow, try #require(FleetShare("2.5%"))),
        ]
        let plan = try FleetPlan(hosts: 1_000, shares: shares, seed: 7)
        #expect(plan.count(.down) == 10 && plan.count(.failing) == 7 && plan.count(.slow) == 25)
        #expect(plan.count(.good) == 958)
        let again = try FleetPlan(hosts: 1_000, shares: shares, seed: 7)
        let other = try FleetPlan(hosts: 1_000, shares: shares, seed: 8)
        let down = { (plan: FleetPlan) in (0..<1_000).filter { plan.behaviour(of: $0) == .down } }
        #expect(down(plan) == down(again))
        #expect(down(plan) != down(other))
        #expect(down(plan) != Array(0..<10))
        #expect(down(plan).allSatisfy { plan.port(of: $0) == 7702 })
    }

    @Test func whatDoesNotFitIsRefused() throws {
        #expect(throws: FleetError.self) { try FleetPlan(hosts: 0) }
        #expect(throws: FleetError.self) { try FleetPlan(hosts: 15_000_001) }
        #expect(throws: FleetError.self) { try FleetPlan(hosts: 1, port: 65_535) }
        let half = try #require(FleetShare("60%"))
        #expect(throws: FleetError.self) { try FleetPlan(hosts: 10, shares: [(.down, half), (.slow, half)]) }
    }

    @Test(arguments: ["", "%", "-1", "101%", "1.5", "x", "nan%", "1e400%"])
    func sharesThatAreNone(_ text: String) {
        #expect(FleetShare(text) == nil)
    }

    @Test func aPercentageAboveNoughtIsOneHostAtLeast() {
        #expect(FleetShare("0.1%")?.count(of: 10) == 1)
        #expect(FleetShare("0%")?.count(of: 10) == 0)
        #expect(FleetShare("20")?.count(of: 10) == 10)
    }
}
