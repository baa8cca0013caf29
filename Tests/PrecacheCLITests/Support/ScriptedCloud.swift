import TestSupport

/// A Keystone that lets everybody in and a Nova of two cells, `one` with the host c1 and `two` with c2, on a socket.
///
/// Both are in the aggregate `web`. What Nova 34.0.0 says with the second cell's database away, this one says too.
final class ScriptedCloud: Sendable {
    /// What becomes of the second cell.
    enum SecondCell: Sendable {
        case up
        /// It is back when hypervisors are asked for, which come after the services.
        case downForServices
        case down
    }

    private let server: ScriptedServer

    /// - Parameters:
    ///   - second: What becomes of the second cell.
    ///   - newest: The second number of Nova's newest microversion.
    /// - Throws: If it can't listen.
    init(second: SecondCell, newest: Int = 100) throws {
        server = try ScriptedServer { connection in
            while let request = connection.readRequest() {
                let parts = request.line.split(separator: " ")
                let asked = request.header("openstack-api-version")?.split(separator: ".").last.flatMap {
                    Int($0)
                }
                switch parts[1] {
                case "/v3/auth/tokens":
                    let catalogue = Self.catalogue(request.header("host") ?? "")
                    connection.respond("201 Created", headers: ["X-Subject-Token: t"], body: catalogue)
                case _ where (asked ?? 1) > newest:
                    connection.respond("406 Not Acceptable", body: #"{"computeFault":{"message":"2.69 no"}}"#)
                case "/v2.1/os-services?binary=nova-compute":
                    connection.respond(body: Self.services(second, version: asked ?? 1))
                case "/v2.1/os-hypervisors/detail" where second == .down:
                    connection.respond("500 Internal Server Error", body: Self.fault)
                case "/v2.1/os-hypervisors/detail": connection.respond(body: Self.hypervisors)
                case "/v2.1/os-aggregates": connection.respond(body: Self.aggregates)
                default: connection.respond("404 Not Found")
                }
            }
        }
    }

    func stop() { server.stop() }

    /// Its address.
    var url: String { server.url }

    /// What the OpenStack clients read, and so does ours.
    var environment: [String: String] {
        ["OS_AUTH_URL": server.url, "OS_USERNAME": "u", "OS_PASSWORD": "p", "OS_PROJECT_NAME": "p"]
    }

    private static func catalogue(_ host: String) -> String {
        """
        {"token":{"catalog":[{"type":"compute","endpoints":[{"interface":"public","region_id":"R",\
        "url":"http://\(host)/v2.1"}]}]}}
        """
    }

    private static func services(_ second: SecondCell, version: Int) -> String {
        let known = ["c1"] + (second == .up ? ["c2"] : [])
        var services = known.map {
            #"{"binary":"nova-compute","host":"\#($0)","zone":"z1","status":"enabled","state":"up"}"#
        }
        if second != .up, version >= 69 {
            services.append(#"{"binary":"nova-compute","host":"c2","status":"UNKNOWN"}"#)
        }
        return #"{"services":[\#(services.joined(separator: ","))]}"#
    }

    private static let hypervisors = #"""
        {"hypervisors":[{"hypervisor_hostname":"c1","host_ip":"10.0.0.1","service":{"id":1,"host":"c1"}},
        {"hypervisor_hostname":"c2","host_ip":"10.0.0.2","service":{"id":1,"host":"c2"}}]}
        """#

    private static let aggregates = #"""
        {"aggregates":[{"id":1,"name":"web","hosts":["c1","c2"],"metadata":{"availability_zone":"z1"},
        "availability_zone":"z1"}]}
        """#

    private static let fault = #"{"computeFault":{"code":500,"message":"Unexpected API Error."}}"#
}
