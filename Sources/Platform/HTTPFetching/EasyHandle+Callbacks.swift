internal import CCurl

extension EasyHandle {
    /// CURLOPT_HEADERFUNCTION: one whole line of the head.
    static let headCallback: curl_write_callback = { data, size, count, user in
        guard let transfer = transfer(user) else { return 0 }
        let line = UnsafeRawBufferPointer(start: data, count: size * count)
        guard transfer.receiveHead(line) else { return line.count == 0 ? 1 : 0 }
        transfer.multi?.touched(transfer)
        return line.count
    }

    /// CURLOPT_WRITEFUNCTION: bytes of the body.
    static let bodyCallback: curl_write_callback = { data, size, count, user in
        guard let transfer = transfer(user) else { return 0 }
        let taken = transfer.receiveBody(UnsafeRawBufferPointer(start: data, count: size * count))
        transfer.multi?.touched(transfer)
        return taken
    }

    /// CURLOPT_PREREQFUNCTION: the connection is there, the request not yet sent.
    static let connectedCallback: curl_prereq_callback = { user, _, _, _, _ in
        guard let transfer = transfer(user) else { return CURL_PREREQFUNC_ABORT }
        transfer.isConnected = true
        transfer.lastActivity = ContinuousClock.now
        return CURL_PREREQFUNC_OK
    }

    /// CURLOPT_OPENSOCKETFUNCTION: names are resolved, and this is the address that would be connected to.
    static let openSocketCallback: curl_opensocket_callback = { user, _, address in
        var bytes = [UInt8](repeating: 0, count: 16)
        guard let address, let transfer = transfer(user) else { return noSocket }
        let count = Int(ccurl_address_bytes(address, &bytes))
        return transfer.mayConnect(to: Array(bytes.prefix(count))) ? ccurl_open_socket(address) : noSocket
    }

    /// CURL_SOCKET_BAD, a macro.
    private static let noSocket: curl_socket_t = -1

    private static func transfer(_ user: UnsafeMutableRawPointer?) -> Transfer? {
        user.map { Unmanaged<Transfer>.fromOpaque($0).takeUnretainedValue() }
    }
}
