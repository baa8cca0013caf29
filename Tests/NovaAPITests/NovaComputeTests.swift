import HTTPTypes
import Testing

@testable import NovaAPI

/// os-services, os-hypervisors, os-availability-zone.
@Suite(.timeLimit(.minutes(10)))
struct NovaComputeTests {
    private static let statistics =
        #""vcpus":0,"vcpus_used":0,"memory_mb":0,"memory_mb_used":0,"free_ram_mb":0,"local_gb":100,"#
        + #""local_gb_used":60,"free_disk_gb":40,"disk_available_least":40,"current_workload":0,"running_vms":0"#

    @Test(arguments: [
        ("2.1", "1", ""), ("2.11", "1", #","forced_down":false"#),
        ("2.53", #""00000000-0000-4000-8000-000000000050""#, #","forced_down":false"#),
    ])
    func servicesByVersion(version: String, id: String, end: String) async throws {
        let answer = try await NovaRig().call(
            .get,
            "/v2.1/os-services?host=c1",
            version: "compute \(version)"
        )
        #expect(
            answer.text
                == #"{"services":[{"id":\#(id),"binary":"nova-compute","host":"c1","zone":"z1","status":"enabled","#
                + #""state":"up","updated_at":"2019-10-11T14:19:07.366577","disabled_reason":null\#(end)}]}"#
        )
    }

    @Test func servicesAreChosenByHostAndBinary() async throws {
        let rig = try NovaRig()
        let second = try await rig.call(.get, "/v2.1/os-services?host=c2&binary=nova-compute")
        #expect(second.text.contains(#""zone":"nova","status":"disabled","state":"down","updated_at":null"#))
        #expect(second.text.contains(#""disabled_reason":"broken fan""#))
        #expect(
            try await rig.call(.get, "/v2.1/os-services?binary=nova-scheduler").text == #"{"services":[]}"#
        )
        #expect(try await rig.call(.get, "/v2.1/os-services?x=1", version: "compute 2.74").status == 200)
        let strict = try await rig.call(.get, "/v2.1/os-services?x=1", version: "compute 2.75")
        #expect(strict.message("badRequest") == "Additional properties are not allowed ('x' was unexpected)")
    }

    @Test(arguments: [
        ("2.1", "1", "1", ",\(statistics),\"cpu_info\":\"\""),
        ("2.28", "1", "1", ",\(statistics),\"cpu_info\":{}"),
        (
            "2.53", #""00000000-0000-4000-8000-000000000090""#, #""00000000-0000-4000-8000-000000000050""#,
            ",\(statistics),\"cpu_info\":{}"
        ),
        (
            "2.88", #""00000000-0000-4000-8000-000000000090""#, #""00000000-0000-4000-8000-000000000050""#,
            #","uptime":null"#
        ),
    ])
    func hypervisorsByVersion(version: String, id: String, service: String, end: String) async throws {
        let rig = try NovaRig()
        let one =
            #"{"id":\#(id),"hypervisor_hostname":"c1","state":"up","status":"enabled","hypervisor_type":"unknown","#
            + #""hypervisor_version":0,"host_ip":"10.0.0.1","service":{"id":\#(service),"host":"c1","#
            + #""disabled_reason":null}\#(end)}"#
        let list = try await rig.call(.get, "/v2.1/os-hypervisors/detail", version: "compute \(version)")
        #expect(list.text.hasPrefix(#"{"hypervisors":[\#(one),"#))
        let bare = id.filter { $0 != "\"" }
        let shown = try await rig.call(.get, "/v2.1/os-hypervisors/\(bare)", version: "compute \(version)")
        #expect(shown.text == #"{"hypervisor":\#(one)}"#)
    }

    @Test func aHypervisorsIdIsWhatItsVersionSays() async throws {
        let rig = try NovaRig()
        let old = try await rig.call(.get, "/v2.1/os-hypervisors/c1", version: nil)
        #expect(old.message("itemNotFound") == "Hypervisor with ID 'c1' could not be found.")
        let new = try await rig.call(.get, "/v2.1/os-hypervisors/c1")
        #expect(new.message("badRequest") == "Invalid uuid c1")
        let unknown = "00000000-0000-4000-8000-000000000000"
        #expect(
            try await rig.call(.get, "/v2.1/os-hypervisors/\(unknown)").message("itemNotFound")
                == "Hypervisor with ID '\(unknown)' could not be found."
        )
    }

    @Test func hypervisorsComeInPagesAndByName() async throws {
        let rig = try NovaRig()
        let path = "/v2.1/os-hypervisors"
        let first = try await rig.call(
            .get,
            path + "?limit=1",
            version: "compute 2.33",
            fields: ["Host": "h"]
        )
        #expect(first.text.contains(#""c1""#) && !first.text.contains(#""c2""#))
        #expect(
            first.text.contains(
                #""hypervisors_links":[{"rel":"next","href":"http://h/v2.1/os-hypervisors?limit=1&marker=1"}]"#
            )
        )
        let second = try await rig.call(.get, path + "?marker=1", version: "compute 2.33")
        #expect(!second.text.contains(#""c1""#) && second.text.contains(#""c2""#))
        #expect(try await rig.call(.get, path + "?marker=9").message("badRequest") == "marker [9] not found")
        #expect(try await rig.call(.get, path + "?limit=x").status == 400)
        let named = try await rig.call(.get, path + "?hypervisor_hostname_pattern=C2&with_servers=true")
        #expect(!named.text.contains(#""c1""#) && named.text.contains(#""servers":[]"#))
        let none = try await rig.call(.get, path + "?hypervisor_hostname_pattern=zz")
        #expect(none.message("itemNotFound") == "No hypervisor matching 'zz' could be found.")
        #expect(try await rig.call(.get, path + "?hypervisor_hostname_pattern=c&limit=1").status == 400)
        #expect(try await rig.call(.get, path + "?x=1").status == 400)
        #expect(try await rig.call(.get, path + "?x=1", version: "compute 2.52").status == 200)
    }

    @Test func zonesFollowFromAggregatesAndEnabledHosts() async throws {
        let rig = try NovaRig()
        let short = try await rig.call(.get, "/v2.1/os-availability-zone", token: "reader", version: nil)
        #expect(
            short.text
                == #"{"availabilityZoneInfo":[{"zoneName":"z1","zoneState":{"available":true},"hosts":null},"#
                + #"{"zoneName":"nova","zoneState":{"available":false},"hosts":null}]}"#
        )
        let long = try await rig.call(.get, "/v2.1/os-availability-zone/detail", version: nil)
        #expect(
            long.text
                == #"{"availabilityZoneInfo":[{"zoneName":"z1","zoneState":{"available":true},"hosts":{"c1":{"#
                + #""nova-compute":{"available":true,"active":true,"updated_at":"2019-10-11T14:19:07.366577"}}}},"#
                + #"{"zoneName":"nova","zoneState":{"available":false},"hosts":null}]}"#
        )
    }
}
