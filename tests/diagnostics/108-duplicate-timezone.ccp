timezone "Europe/Berlin"
timezone "Asia/Tokyo"
default -> default
