import Glibc

/// nginx with TLS and keep-alive, which says at `/who` whose client certificate a request came with.
package final class NginxServer {
    package let port: Int
    private let process: ChildProcess

    package init(_ identity: (certificate: String, key: String), authority: String) throws {
        let listener = try ScriptedServer { _ in }
        port = listener.port
        listener.stop()
        let directory = String(authority.dropLast("/ca.pem".count))
        let text = """
            daemon off; master_process off; pid \(directory)/nginx.pid; error_log stderr notice;
            events {}
            http {
              access_log off;
              client_body_temp_path \(directory); proxy_temp_path \(directory); fastcgi_temp_path \(directory);
              uwsgi_temp_path \(directory); scgi_temp_path \(directory);
              server {
                listen 127.0.0.1:\(port) ssl;
                ssl_certificate \(identity.certificate); ssl_certificate_key \(identity.key);
                ssl_client_certificate \(authority); ssl_verify_client on;
                location /who { return 200 $ssl_client_s_dn; }
              }
            }
            """
        let path = directory + "/nginx.conf"
        guard let file = fopen(path, "we") else { throw ScriptedServer.Failure(call: "fopen", code: errno) }
        fputs(text, file)
        fclose(file)
        process = try ChildProcess(["/usr/sbin/nginx", "-p", directory, "-c", path])
        // It listens before it says what it runs on.
        var isListening = false
        while !isListening, let line = process.nextLine() { isListening = line.contains("OS: ") }
        guard isListening else { throw ScriptedServer.Failure(call: "nginx", code: 0) }
        process.discardOutput()
    }
}
