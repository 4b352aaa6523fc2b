# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What every action plugin shares: the only rooms of the collection that know Ansible. PRIVATE: may change without notice."""
